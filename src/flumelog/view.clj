(ns flumelog.view
  "The kinds of views over a log, and what can be asked of them. `flumelog.db/open` keeps them up to date.

   * `reduce`: one value, made of all records; `value` and `deref` read it
   * `index`: finds records by keys; `lookup`, `page`, `live`, `count` read it
   * `bitmap`: finds records by fields that have few values, and combinations of them; `query`, `page`, `count`, `explain`

   Every view takes `:version`, a value of EDN (1 when absent): with another version the view is built anew. And `:on-error`:
   with `:halt`, the default, the view stops before a record that its functions throw for or that can't be decoded, and
   reading it throws `:view-failed`; with `:skip` it goes on without that record, and `flumelog.db/status` lists what was
   skipped. The functions of a view are called by several threads, and again for the same record.

   Every reading takes `:await`, an offset that `append!` returned or a position: it waits until the view has that record;
   without it, until the view has all that the log has now; with `:none` it does not wait. And `:timeout-ms`: after that many
   milliseconds waiting throws `:timeout`; without it there is no limit."
  (:refer-clojure :exclude [count reduce])
  (:require [flumelog.db.handle :as handle]
            [flumelog.view.following :as following]
            [flumelog.view.index :as of-index]
            [flumelog.view.lookup :as of-lookup]
            [flumelog.view.optional :as optional]
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

(defn index
  "A view that finds records by keys.

   `:keys` is a vector of field paths, each of which gives a key: `[[:value :author]]`. A field that is missing or nil gives
   none; one that holds a vector gives one key, the vector. Or it is a function of the value that returns a collection of keys,
   or nil for none. A record has each of its keys once.

   A key is nil, a boolean, a number, a character, a string, a keyword, a symbol, a Date or Instant, a UUID, a byte array, or a
   vector or list of these. This is also their order; strings go by code points, vectors item by item. Numbers of one value are
   one key, whatever their class: 1, 1.0 and 1M; so are a Date and an Instant of one moment. A record with another key, such as
   a map or NaN, makes the view fail, see `:on-error`. A key takes at most 65,536 bytes.

   With `:unique true` a reading has of each key only the newest record: for keys that name one record, as an id does.

     (let [by-n (view/index {:keys [[:n]]})]
       (with-open [db (db/open log {:views {:by-n by-n}})]
         (vec (view/lookup (:by-n db) 2 {:as :values}))))   ;=> [{:n 2}]"
  [options]
  (of-index/kind options))

(defn lookup
  "The records that an `index` has under a key, as a reducible and seqable that reads them as it goes. They are in the order of
   the log. In place of a key it takes a map, a range of keys: `:gt`, `:gte`, `:lt`, `:lte`, and `:prefix`, with which a string,
   a keyword of one namespace, a byte array or a vector begins. Then they are in the order of the keys; a record with several
   keys in the range comes once for each. Bounds that are nil are none.

   Options: `:reverse true`, `:limit n`, `:as` one of `:entries` (the default, `[offset value]`), `:values`, `:offsets`, and
   `:await` and `:timeout-ms`. It waits in this call; what it returns stays as it is, but for records that are deleted.
   Throws `:view-failed`, `:timeout`, `:closed`, `:bad-option`.

     (vec (view/lookup (:by-n db) 2 {:as :values}))                                     ;=> [{:n 2}]
     (vec (view/lookup (:by-n db) {:gte 2} {:reverse true :as :values}))                ;=> [{:n 3} {:n 2}]"
  ([view key-or-range] (lookup view key-or-range nil))
  ([view key-or-range options] (of-lookup/lookup view key-or-range options)))

(defn bitmap
  "A view that finds records by fields that have few values, such as a type, an author, a status, and by any combination of them.
   It is in memory, about 5 to 10 bytes for each record, and loaded from disk by `open`.

   `:fields` is a map from keywords to field paths, or to functions of the record's value: `{:type [:value :content :type]}`. A
   record has one value of each field; it is nil when the field is missing. It can be nil, a boolean, a number, a character, a
   string, a keyword, a symbol, a date, a UUID, or a vector of these, and is compared by `=`. A record with another value, such
   as a map or NaN, makes the view fail, see `:on-error`. So does one with a value too many: a field has at most `:max-values`
   (10000) different values. An `index` is for fields with more.

   Needs `org.roaringbitmap/RoaringBitmap`; without it this throws `:bad-option`.

     (let [fields (view/bitmap {:fields {:n [:n], :odd (fn [m] (odd? (:n m)))}})]
       (with-open [db (db/open log {:views {:fields fields}})]
         (vec (view/query (:fields db) [:= :odd true] {:as :values}))))   ;=> [{:n 3} {:n 1}]"
  [options]
  ((optional/function 'flumelog.view.bitmap/kind) options))

(defn- querying
  "Calls a function of the readings of bitmaps."
  [f & args]
  (apply (optional/function (symbol "flumelog.view.bitmap.querying" f)) args))

(defn query
  "The records of a `bitmap` that match a query, as a reducible and seqable that reads them as it goes. A query is

   * `[:= field value]`: the field has the value; nil where it is missing
   * `[:in field [values]]`: the field has one of the values
   * `[:and & queries]`, `[:or & queries]`, `[:not query]`
   * `[:all]`: every record

   They are newest first, and oldest first with the option `:reverse false`. Further options: `:limit n`; `:as` one of `:entries`
   (the default, `[offset value]`), `:values`, `:offsets`; and `:await` and `:timeout-ms`. It waits in this call; what it returns
   stays as it is, but for records that are deleted. Throws `:view-failed`, `:timeout`, `:closed`, `:bad-option`.

     (vec (view/query (:fields db) [:and [:= :odd true] [:not [:= :n 3]]] {:as :values}))   ;=> [{:n 1}]"
  ([view what] (query view what nil))
  ([view what options] (querying "query" view what options)))

(defn page
  "As `lookup`, or as `query` of a `bitmap`, but a page of it: `{:entries [...] :after token}`, with at most `:limit` (100)
   items. The token is a string; with the option `:after token` the next call has the next page. `:after` is nil when there are
   no more. A page does not cost more the further on it is. Throws `:wrong-log` when the token is of a log that is not the one
   it was.

     (let [page (view/page (:by-n db) {:gte 1} {:limit 2 :as :values})]
       [(:entries page) (:entries (view/page (:by-n db) {:gte 1} {:after (:after page) :as :values}))])   ;=> [[{:n 1} {:n 2}] [{:n 3}]]"
  ([view what] (page view what nil))
  ([view what options]
   (if (handle/of-kind? view :bitmap) (querying "page" view what options) (of-lookup/page view what options))))

(defn live
  "A reducible over what `lookup` has now, in its order, and then over new records, in the order of the log, for which it waits.
   With `:unique` it has every record. Reducing ends by `reduced`, by `:limit`, when the log or the db is closed, or by an
   interrupt (the thread is still interrupted afterwards). Options: `:limit`, `:as`, and `:old false` for new records only.

     (into [] (view/live (:by-n db) {:gte 2} {:limit 2 :as :values}))   ;=> [{:n 2} {:n 3}]"
  ([view key-or-range] (live view key-or-range nil))
  ([view key-or-range options] (following/live view key-or-range options)))

(defn count
  "How many records an `index` has under a key or in a range of keys, or how many of a `bitmap` match a query, without deleted
   ones. It does not read the log.

     (view/count (:by-n db) {:gt 1})                    ;=> 2
     (view/count (:fields db) [:in :n [1 2 4]])         ;=> 2"
  ([view what] (count view what nil))
  ([view what options]
   (if (handle/of-kind? view :bitmap) (querying "count-of" view what options) (of-lookup/count-of view what options))))

(defn explain
  "What a query of a `bitmap` does, a map of

   * `:records`: how many match; `:bitmaps`: each field and value that it asks for, `[[field value]]`
   * `:deleted`: how many records of the view are deleted
   * `:behind`: how far the newest record of the log is beyond the view, in offsets: 0 unless it is read with `:await :none`
   * `:size-in-bytes`: about how much memory the view takes, its values not counted

     (dissoc (view/explain (:fields db) [:= :odd true]) :size-in-bytes)   ;=> {:records 2, :bitmaps [[:odd true]], :deleted 0, :behind 0}"
  ([view query] (explain view query nil))
  ([view query options] (querying "explain" view query options)))
