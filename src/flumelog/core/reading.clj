;; A part of flumelog.core: the records that a log has.
(in-ns 'flumelog.core)

(set! *warn-on-reflection* true)

(defn fetch
  "The value of the record at `offset`: the strict form of `get`. Throws `:not-a-record` when no record starts there,
   and `:deleted`, `:decode`, `:corrupt`, `:too-large`.

     (fetch log 0)   ;=> {:n 1}"
  [log offset]
  (.fetch (->log log) (offset-in log offset)))

(defn ending-at
  "The value of the record that ends at `end`, any long; `not-found`, by default nil, when none ends there, or a deleted
   one. The counterpart of `get` for the ends that `:key :end` gives. Throws `:corrupt`, `:decode`, `:too-large`, `:closed`.

     (ending-at log 44)   ;=> {:n 2}
     (ending-at log 45)   ;=> nil"
  ([log end] (ending-at log end nil))
  ([log end not-found] (.ending (->log log) (->end end) not-found)))

(defn- view [log options projection]
  (let [{:keys [on-decode-error] :as options} (->options options)]
    (.view (->log log) (Range/of (back-end log) options [":on-decode-error"]) projection on-decode-error)))

(defn entries
  "The records as `[offset value]` entries: reducible, seqable, `rseq`able, and sorted for `subseq` and `rsubseq`.
   This call reads nothing. Each use of the result sees the records that the log has at that time.

   Options: `:gt :gte :lt :lte` (any long; nil is no bound), `:reverse true`, `:limit n` (at most n records, 0 or more;
   deleted ones don't count), and `:on-decode-error`: `:throw`, `:skip`, or a function of the exception, whose result
   takes the place of the value. `:on-decode-error` handles the errors `:decode` and `:too-large`. Throws `:bad-option`.

   With `:key :end` records are known by their ends: entries are `[end value]`, and bounds are compared with ends. The end
   of a record is the lowest offset that the next one can have; in a file it is where the record's frame ends.

     (into [] (entries log {:gt 0 :limit 2}))    ;=> [[22 {:n 2}] [44 {:n 3}]]
     (first (rsubseq (entries log) < 44))        ;=> [22 {:n 2}]
     (into [] (entries log {:key :end :gt 22}))   ;=> [[44 {:n 2}] [66 {:n 3}]]"
  ([log] (entries log nil))
  ([log options] (view log options Projection/ENTRIES)))

(defn values
  "The values of the records; reducible, seqable and `rseq`able. Takes the options of `entries`.

     (into [] (values log {:reverse true :limit 1}))   ;=> [{:n 3}]"
  ([log] (values log nil))
  ([log options] (view log options Projection/VALUES)))

(defn offsets
  "The offsets of the records that are not deleted, or with `:key :end` their ends. Takes the options of `entries`. Reads
   of each record only as much as shows whether it is deleted.

     (into [] (offsets log))               ;=> [0 22 44]
     (into [] (offsets log {:key :end}))   ;=> [22 44 66]"
  ([log] (offsets log nil))
  ([log options] (view log options Projection/OFFSETS)))

(defn cursor
  "A cursor: a place between two records, which `next!` and `prev!` move by one record. A new cursor stands before the
   first record. It sees the records that the log has at the time of this call. Only one thread may use it at a time.

     (let [c (cursor log)] [(next! c) (next! c) (prev! c)])   ;=> [[0 {:n 1}] [22 {:n 2}] [22 {:n 2}]]"
  ^LogCursor [log]
  (.cursor (->log log)))

(defn next!
  "Steps over the next record and returns it as an entry, or nil at the end.

     (next! (cursor log))   ;=> [0 {:n 1}]"
  [cursor]
  (.next (->cursor cursor)))

(defn prev!
  "Steps back over the previous record and returns it as an entry, or nil at the start.

     (prev! (seek! (cursor log) 44))   ;=> [22 {:n 2}]"
  [cursor]
  (.prev (->cursor cursor)))

(defn seek!
  "Moves the cursor before the first record that starts at or above `position`, any long. Returns the cursor.

     (next! (seek! (cursor log) 5))   ;=> [22 {:n 2}]"
  ^LogCursor [cursor position]
  (.seek (->cursor cursor) (->position position)))
