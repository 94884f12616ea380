(ns flumelog.view
  "The kinds of views over a log, and what can be asked of them. `flumelog.db/open` keeps them up to date.

   * `reduce`: one value, made of all records; `value` and `deref` read it

   Every view takes `:version`, a value of EDN (1 when absent): with another version the view is built anew. And `:on-error`:
   with `:halt`, the default, the view stops before a record that its functions throw for or that can't be decoded, and
   reading it throws `:view-failed`; with `:skip` it goes on without that record, and `flumelog.db/status` lists what was
   skipped. The functions of a view are called by several threads, and again for the same record.

   Every reading takes `:await`, an offset that `append!` returned or a position: it waits until the view has that record;
   without it, until the view has all that the log has now; with `:none` it does not wait. And `:timeout-ms`: after so many
   milliseconds waiting throws `:timeout`; without it there is no limit."
  (:refer-clojure :exclude [reduce])
  (:require [flumelog.db.handle :as handle]
            [flumelog.view.options :as options]
            [flumelog.view.reduce :as of-reduce]))

(set! *warn-on-reflection* true)

(defn reduce
  "A view that is one value: `:init`, and then what `:step` makes of it with each record, `(step acc offset value)`.

   `:retract`, `(retract acc offset value)`, takes a record out again when it is deleted; without it the view is built anew
   after a deletion, and reading it waits for that. `:codec` (`:edn`) writes the value to disk; it takes what the
   `:codec` of a log takes. The value may be large, but all of it is written each time.

     (let [total (view/reduce {:init 0 :step (fn [acc offset m] (+ acc (:n m)))})]
       (with-open [db (db/open log {:views {:total total}})] @(:total db)))   ;=> 6"
  [options]
  (of-reduce/kind options))

(defn value
  "The value of a `reduce` view of a db. With the options `:await` and `:timeout-ms`; without them it is `deref`.
   Throws `:view-failed`, `:timeout`, `:closed`, `:bad-option`.

     (let [offset (log/append! log {:n 4})]
       (view/value (:total db) {:await offset :timeout-ms 60000}))   ;=> 10"
  ([view] (value view nil))
  ([view options]
   (let [options (options/check-keys handle/await-options options)]
     (handle/fresh (handle/check view :reduce) options))))
