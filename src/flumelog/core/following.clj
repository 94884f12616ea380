;; A part of flumelog.core: following a log, and the offset of its last record.
(in-ns 'flumelog.core)

(set! *warn-on-reflection* true)

(defn live
  "A reducible over the records of the log that waits for new ones. Each record comes once, in order. In the process
   that writes it waits without polling; in other processes it looks often while records come, and every 20 ms when
   none do.

   Reducing ends by `reduced`, by `:limit`, when all records up to `:lt` or `:lte` were given, when the log is closed and all
   its records were given, or by an interrupt (the thread is still interrupted afterwards). A bound past the end is waited
   for, however far away it is. A plain offset can't show that it is of another log; a kept `position` can.

   Options: `:gt` or `:gte`, `:lt` or `:lte` (any long), `:old false` (only records appended after this call), `:limit n`,
   `:durable true` (a record comes only when it is `durable`), `:as` one of `:entries` (the default), `:values`, `:offsets`,
   and `:on-decode-error` and `:key` as for `entries`.

   Throws `:bad-option`, for `:reverse` too, and `:closed`. Reducing throws `:closed` when the log is closed before all its
   records were given; `:offset` in the `ex-data` says where to continue. A log opened with `:mode :read` also throws `:wrong-log`
   when its file was compacted, replaced, renamed or removed, or when the last records belonged to an append that then
   failed; in that case `:offset` in the `ex-data` says where to continue.

     (into [] (live log {:limit 2 :as :values}))                              ;=> [{:n 1} {:n 2}]
     (into [] (live log {:lte @(since log) :as :offsets}))                    ;=> [0 22 44]
     (reduce (fn [_ [offset value]] (reduced offset)) nil (live log {:gt 5}))   ;=> 22"
  (^LiveView [log] (live log nil))
  (^LiveView [log options]
   (let [{:keys [as on-decode-error] :as options} (->options options)]
     (.live (->log log) (LiveOptions/of (back-end log) options [":as" ":on-decode-error"]) (Projection/of as) on-decode-error))))

(defn since
  "A reference to the offset of the last record, -1 when there is none; for `deref` and `add-watch`. A watch is called
   with the old and the new offset by the thread that appended. When another process appends, a watch is called within
   20 ms.

   With the option `:key :end` it is a reference to the end of that record, 0 when there is none: how far the log has got.

     @(since log)               ;=> 44
     @(since log {:key :end})   ;=> 66"
  (^SinceRef [log] (.since (->log log)))
  (^SinceRef [log options] (.since (->log log) (RecordKey/of (->options options)))))

(defn durable
  "A reference, as `since` is, to the offset of the last record that is known to be durable, which in a file means on
   disk; -1 when no record is. It stays -1 for a file that is opened with `:mode :read`.

     (do (sync! log) @(durable log))   ;=> 44"
  ^SinceRef [log]
  (.durable (->log log)))

(defn await-since
  "Waits until `since` is at least `offset` and returns the value of `since`. Returns `timeout-val`, by default nil,
   after `timeout-ms` milliseconds. Throws `:closed` when the log is closed meanwhile, `:bad-option`.

     (await-since log 0 1000)   ;=> 44"
  ([log offset timeout-ms] (await-since log offset timeout-ms nil))
  ([log offset timeout-ms timeout-val]
   (let [^Since since (.since (back-end log))]
     (if (.await since (->offset offset) (->millis timeout-ms)) (.get since) timeout-val))))
