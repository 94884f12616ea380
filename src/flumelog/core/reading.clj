;; A part of flumelog.core: the records that a log has.
(in-ns 'flumelog.core)

(set! *warn-on-reflection* true)

(defn fetch
  "The value of the record at `offset`: the strict form of `get`. Throws `:not-a-record` when none starts there,
   `:deleted`, `:decode`, `:corrupt`, `:too-large`.

     (fetch log 0)   ;=> {:n 1}"
  [log offset]
  (.fetch (->log log) (offset-in log offset)))

(defn entries
  "The records as `[offset value]` entries: reducible, seqable, `rseq`able, and sorted for `subseq` and `rsubseq`.
   Nothing is read before it is used, and each use sees the records that the log has then.

   Options: `:gt :gte :lt :lte` (any long; nil is no bound), `:reverse true`, `:limit n` (live records, 0 or more), and
   `:on-decode-error`: `:throw`, `:skip`, or a function of the exception whose result takes the place of the value; it is for
   `:decode`, and for records that are `:too-large`.
   Throws `:bad-option`.

     (into [] (entries log {:gt 0 :limit 2}))    ;=> [[22 {:n 2}] [44 {:n 3}]]
     (first (rsubseq (entries log) < 44))        ;=> [22 {:n 2}]"
  ([log] (entries log nil))
  ([log options] (.view (->log log) (Range/of (back-end log) (->options options)) Projection/ENTRIES)))

(defn values
  "The values of the records, in a range given as for `entries`; reducible, seqable and `rseq`able.

     (into [] (values log {:reverse true :limit 1}))   ;=> [{:n 3}]"
  ([log] (values log nil))
  ([log options] (.view (->log log) (Range/of (back-end log) (->options options)) Projection/VALUES)))

(defn offsets
  "The offsets of the live records, in a range given as for `entries`; reads no data beyond what tells a deleted record.

     (into [] (offsets log))   ;=> [0 22 44]"
  ([log] (offsets log nil))
  ([log options] (.view (->log log) (Range/of (back-end log) (->options options)) Projection/OFFSETS)))

(defn cursor
  "A place between two records, here before the first, from which `next!` and `prev!` step. It sees the records that
   the log has now. For one thread at a time.

     (let [c (cursor log)] [(next! c) (next! c) (prev! c)])   ;=> [[0 {:n 1}] [22 {:n 2}] [22 {:n 2}]]"
  ^LogCursor [log]
  (.cursor (->log log)))

(defn next!
  "Steps over the next record and returns it as an entry, or nil at the end.

     (next! (cursor log))   ;=> [0 {:n 1}]"
  [cursor]
  (.next (->cursor cursor)))

(defn prev!
  "Steps back over the record before and returns it as an entry, or nil at the start.

     (prev! (seek! (cursor log) 44))   ;=> [22 {:n 2}]"
  [cursor]
  (.prev (->cursor cursor)))

(defn seek!
  "Goes to the place before the first record that starts at or above `position`, any long; returns the cursor.

     (next! (seek! (cursor log) 5))   ;=> [22 {:n 2}]"
  ^LogCursor [cursor position]
  (.seek (->cursor cursor) (->position position)))
