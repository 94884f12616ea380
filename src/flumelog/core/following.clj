;; A part of flumelog.core: the records that come, and how far a log has come.
(in-ns 'flumelog.core)

(set! *warn-on-reflection* true)

(defn live
  "The records of the log and those that will be, as something to reduce, which waits for more: without polling in the
   process that writes, and every 20 ms for what another process appends. Reducing ends by `reduced`, `:limit`, when the
   log is closed, and by an interrupt, after which the thread is still interrupted. Each record is given once, in order.
   An offset past the end is waited for, however far it is: one that was kept may be of another log, which a kept `position` tells.

   Options: `:gt` or `:gte` (any long), `:old false` (only records appended after this call), `:limit n`, `:durable true`
   (records are given once they are on disk), `:as` one of `:entries` (the default), `:values`, `:offsets`, and
   `:on-decode-error` as for `entries`. Throws `:bad-option`, for `:reverse` too, and `:closed`; on a log that is opened with `:mode :read`
   also `:wrong-log`, when it was compacted, replaced, renamed or removed, or when some records that were given were the beginning
   of an append that then failed (`:offset` says from where to go on).

     (into [] (live log {:limit 2 :as :values}))                              ;=> [{:n 1} {:n 2}]
     (reduce (fn [_ [offset value]] (reduced offset)) nil (live log {:gt 5}))   ;=> 22"
  (^LiveView [log] (live log nil))
  (^LiveView [log options]
   (.live (->log log) (LiveOptions/of (back-end log) (->options options)))))

(defn since
  "The offset of the last record, -1 when there is none, as a reference: `deref` and `add-watch`. A watch is called
   with the offsets before and after, by the thread that appended; what another process appends it hears within 20 ms.

     @(since log)   ;=> 44"
  ^SinceRef [log]
  (.since (->log log)))

(defn durable
  "The offset of the last record known to be on disk, as a reference like `since`; -1 when none is known to be. A log
   opened with `:mode :read` knows of none.

     (do (sync! log) @(durable log))   ;=> 44"
  ^SinceRef [log]
  (.durable (->log log)))

(defn await-since
  "Waits until `since` is at least `offset`; returns it, or `timeout-val` (nil) after `timeout-ms` milliseconds.
   Throws `:closed` when the log is closed meanwhile, `:bad-option`.

     (await-since log 0 1000)   ;=> 44"
  ([log offset timeout-ms] (await-since log offset timeout-ms nil))
  ([log offset timeout-ms timeout-val]
   (let [^Since since (.since (back-end log))]
     (if (.await since (->offset offset) (->millis timeout-ms)) (.get since) timeout-val))))
