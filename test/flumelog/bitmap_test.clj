(ns flumelog.bitmap-test
  "A bitmap view finds the records that a look at each of them finds. The state of the view is driven as a db drives it; chunks
   are small, so that there are many."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.codec.edn :as edn]
            [flumelog.core :as log]
            [flumelog.db :as db]
            [flumelog.db.files :as files]
            [flumelog.db.kind :as kind]
            [flumelog.fixtures :refer [error path-in with-temp-folder]]
            [flumelog.memory :as memory]
            [flumelog.test-support :refer [size]]
            [flumelog.view :as view]
            [flumelog.view.bitmap :as bitmap]
            [flumelog.view.bitmap.answer :as answer]
            [flumelog.view.bitmap.chunk :as chunk]
            [flumelog.view.bitmap.query :as query])
  (:import (flumelog.codec Codec)
           (flumelog.file DiskFolder)
           (java.io File)))

(set! *warn-on-reflection* true)

(def ^:private of-a-and-b (bitmap/kind {:fields {:a [:a] :b [:b]}}))

(defn- prepared
  "What `prepare` makes of the rows; nil, as for a record that was deleted meanwhile, in place of a row that is nil."
  [kind rows]
  (object-array (map #(when % (kind/prepare kind 0 nil (object-array %))) rows)))

(defn- add! [kind state entries]
  (kind/add! state (long-array (map first entries)) (prepared kind (map second entries)) (count entries)))

(defn- persist!
  "The state as it is after it was written, and read again."
  [kind state files]
  (let [frozen (kind/freeze! state)
        {:keys [head payload]} (kind/write! state frozen files)]
    (kind/written! state frozen)
    (kind/restore kind files (.decode ^Codec edn/codec (.encode ^Codec edn/codec head)) payload)))

(defn- new-files [folder]
  (files/files (DiskFolder. (.toPath (io/file folder))) :fields 1))

(defn- found [answer query reverse? after]
  (into [] (answer/offsets answer (query/compiled [:a :b] query) reverse? after)))

;; The model: what a query says of one record

(defn- matches? [[a b :as row] [operator & more]]
  (case operator
    :=   (= (second more) (if (= :a (first more)) a b))
    :in  (boolean (some #(= % (if (= :a (first more)) a b)) (second more)))
    :and (every? #(matches? row %) more)
    :or  (boolean (some #(matches? row %) more))
    :not (not (matches? row (first more)))
    :all true))

(def ^:private values (gen/elements [nil true false 0 1 1N 1.0 -0.0 0.0 1.5M 1.50M "a" "b" "" \a :a 'a [1 "a"] '(1 "a") [] 1/2 #inst "2026-01-01"]))
(def ^:private few (gen/elements [nil 0 1 "a" "b"]))
(def ^:private rows (gen/tuple few (gen/frequency [[3 few] [1 values]])))
(def ^:private fields (gen/elements [:a :b]))

(def ^:private queries
  (gen/recursive-gen
    (fn [inner]
      (gen/one-of [(gen/fmap #(into [:and] %) (gen/vector inner 0 4)) (gen/fmap #(into [:or] %) (gen/vector inner 0 4))
                   (gen/fmap #(vector :not %) inner)]))
    (gen/one-of [(gen/let [field fields, value (gen/one-of [few values])] [:= field value])
                 (gen/let [field fields, values (gen/vector few 0 3)] [:in field values])
                 (gen/return [:all])])))

(def ^:private actions
  (gen/frequency [[6 (gen/tuple (gen/return :add) (gen/vector (gen/frequency [[9 rows] [1 (gen/return nil)]]) 1 7))]
                  [2 (gen/tuple (gen/return :forget) gen/nat)]
                  [1 (gen/tuple (gen/return :hide) gen/nat)]
                  [1 (gen/tuple (gen/return :show))]
                  [2 (gen/tuple (gen/return :persist))]
                  [1 (gen/tuple (gen/return :move))]
                  [1 (gen/tuple (gen/return :keep))]]))

;; A world is {:state s, :entries (sorted-map offset row), :next offset, :hidden #{offset}, :kept [[answer entries]]}.

(defn- forget! [{:keys [state entries] :as world} n with-values?]
  (if-let [offset (and (seq entries) (nth (keys entries) (mod n (count entries))))]
    (do (kind/hide! state offset true)
        (kind/forget! state offset (when with-values? (aget ^objects (prepared of-a-and-b [(entries offset)]) 0)))
        (-> world (update :entries dissoc offset) (update :hidden disj offset)))
    world))

(defn- hide! [{:keys [state entries] :as world} n]
  (if-let [offset (and (seq entries) (nth (keys entries) (mod n (count entries))))]
    (do (kind/hide! state offset true)
        (update world :hidden conj offset))
    world))

(defn- show! [{:keys [state hidden] :as world}]
  (run! #(kind/hide! state % false) hidden)
  (assoc world :hidden #{}))

(defn- restored [world files]
  (let [world (show! world)]
    (assoc world :state (persist! of-a-and-b (:state world) files) :kept [])))

(defn- moved
  "The log without every third record, the others at other offsets."
  [{:keys [entries] :as world} files]
  (let [{:keys [state] :as world} (restored world files), gone (set (take-nth 3 (keys entries)))
        places (zipmap (remove gone (keys entries)) (range))]
    (kind/move! state #(get places % -1))
    (assoc world :entries (into (sorted-map) (keep (fn [[offset row]] (when-let [place (places offset)] [place row]))) entries))))

(defn- act [{:keys [state entries next] :as world} files [action arg]]
  (case action
    :add (let [new (map-indexed (fn [i row] [(+ (long next) (* 2 (long i))) row]) arg)]
           (add! of-a-and-b state new)
           (assoc world :entries (into entries (filter second) new) :next (+ (long next) (* 2 (count new)))))
    :forget (forget! world arg (even? arg))
    :hide (hide! world arg)
    :show (show! world)
    :persist (restored world files)
    :move (moved world files)
    :keep (update world :kept conj [(kind/answer state (dec (long next))) (dec (long next))])))

(defn- wrong
  "What is wrong with an answer as of an offset, nil if nothing is."
  [{:keys [entries hidden]} answer since query after]
  (let [wanted (for [[offset row] entries :when (and (<= offset since) (not (hidden offset)) (matches? row query))] offset)]
    (first (for [[what wanted got] [[:ascending wanted (found answer query false nil)]
                                    [:descending (reverse wanted) (found answer query true nil)]
                                    [:seq (reverse wanted) (or (seq (answer/offsets answer (query/compiled [:a :b] query) true nil)) ())]
                                    [:after (filter #(> % after) wanted) (found answer query false after)]
                                    [:before (filter #(< % after) (reverse wanted)) (found answer query true after)]
                                    [:number (count wanted) (answer/number answer (query/compiled [:a :b] query))]]
                 :when (not= wanted got)]
             {:what what :query query :wanted wanted :got got}))))

(defspec queries-find-what-a-look-at-each-record-finds (size 80 3000)
  (prop/for-all [chunk-records (gen/choose 1 9), actions (gen/vector actions 1 20), queries (gen/vector queries 1 4), after (gen/choose -1 60)]
    (with-redefs [chunk/most-records chunk-records]
      (with-temp-folder [folder]
        (let [files (new-files folder)
              world (reduce #(act %1 files %2)
                            {:state (kind/start of-a-and-b files) :entries (sorted-map) :next 0 :hidden #{} :kept []} actions)
              answers (conj (:kept world) [(kind/answer (:state world) (:next world)) (:next world)])]
          (empty? (for [[answer since] answers, query queries :let [wrong (wrong world answer since query after)] :when wrong] wrong)))))))

;; What is on disk

(defn- contents [folder]
  (str/join (map #(slurp % :encoding "ISO-8859-1") (filter #(.isFile ^File %) (file-seq (io/file folder))))))

(deftest nothing-of-a-deleted-record-stays-on-disk
  (doseq [place [1 6]]                                       ; in a full chunk, and in the one that grows
    (with-redefs [chunk/most-records 4]
      (with-temp-folder [folder]
        (let [files (new-files folder), state (kind/start of-a-and-b files)
              write! (fn []
                       (let [frozen (kind/freeze! state), {:keys [head payload]} (kind/write! state frozen files)]
                         (kind/written! state frozen)
                         (str (pr-str head) (String. ^bytes payload "ISO-8859-1") (contents folder))))]
          (add! of-a-and-b state (map (fn [i] [i ["same" (if (= i place) "secret" i)]]) (range 8)))
          (is (str/includes? (write!) "secret"))
          (kind/forget! state place nil)
          (let [written (write!)]
            (is (not (str/includes? written "secret")))
            (is (str/includes? written "same"))))))))

(deftest full-chunks-are-written-once
  (with-redefs [chunk/most-records 4]
    (with-temp-folder [folder]
      (let [files (new-files folder), kept (fn [] (into {} (map (juxt #(.getName ^File %) #(.lastModified ^File %))) (.listFiles (io/file folder))))
            state (atom (kind/start of-a-and-b files))]
        (add! of-a-and-b @state (map (fn [i] [i [i 0]]) (range 9)))
        (reset! state (persist! of-a-and-b @state files))
        (let [before (kept)]
          (is (= 2 (count before)))
          (add! of-a-and-b @state (map (fn [i] [i [i 0]]) (range 9 14)))
          (reset! state (persist! of-a-and-b @state files))
          (is (= before (select-keys (kept) (keys before))))
          (is (= 3 (count (kept)))))))))

(deftest a-damaged-chunk-is-not-read
  (with-redefs [chunk/most-records 4]
    (with-temp-folder [folder]
      (let [files (new-files folder), state (kind/start of-a-and-b files)]
        (add! of-a-and-b state (map (fn [i] [i [i 0]]) (range 5)))
        (let [{:keys [head payload]} (kind/write! state (kind/freeze! state) files), ^File file (first (.listFiles (io/file folder)))]
          (with-open [f (java.io.RandomAccessFile. file "rw")]
            (.seek f 20) (.write f (bit-xor 1 (do (.seek f 20) (.read f)))))
          (is (thrown? java.io.IOException (kind/restore of-a-and-b files head payload))))))))

;; Limits

(deftest a-field-has-a-most-of-values
  (let [kind (bitmap/kind {:fields {:a [:a] :b [:b]} :max-values 3}), state (kind/start kind nil)
        failure (try (add! kind state (map (fn [i] [i [i (rem i 2)]]) (range 6))) (catch Exception e e))]
    (is (= 3 (kind/index-failed failure)))
    (is (= "field :a of a view/bitmap has more than 3 values, of which 3 is one more; use a view/index for a field with so many values, or a larger :max-values"
           (ex-message (ex-cause failure))))
    (is (= [0 1 2] (found (kind/answer state 2) [:all] false nil)))
    (kind/forget! state 1 nil)
    (add! kind state [[3 [3 0]]])
    (is (= [0 2 3] (found (kind/answer state 3) [:not [:= :a 9]] false nil)))))

(deftest values-that-can-not-be-kept-are-refused
  (doseq [value [##NaN {:a 1} #{1} (Object.) (byte-array 1) [##NaN] [[{}]]]]
    (is (= :bad-option (error (kind/prepare of-a-and-b 0 nil (object-array [value 1])))) (pr-str value))))

(deftest wrong-queries-say-what-a-query-is
  (with-open [l (memory/open {}), ^java.io.Closeable d (db/open l {:views {:fields (view/bitmap {:fields {:type [:type]}})}})]
    (doseq [[query sentence] {[:= :typ "post"] "the field of a query must be one of [:type]; did you mean :type?, was :typ"
                              [:= :type]       "the query must be [:= field value]"
                              [:is :type 1]    "the query must be [:= field value]"
                              '(:all)          "the query must be [:= field value]"
                              [:not [:all] 1]  "the query must be [:= field value]"
                              [:and :type]     "the query must be [:= field value]"
                              [:in :type 1]    "the query must be [:= field value]"
                              [:= :type {}]    "the value of a query must be nil, true"}]
      (testing (pr-str query)
        (is (= :bad-option (error (view/query (:fields d) query))))
        (is (str/starts-with? (try (view/count (:fields d) query) (catch Exception e (ex-message e))) sentence))))
    (doseq [options [{:limit -1} {:as :x} {:reverse 1} {:after 1}]]
      (is (= :bad-option (error (view/query (:fields d) [:all] options))) options))
    (doseq [options [{:fields {}} {:fields {:a []}} {:fields {:a "x"}} {:fields {"a" [:a]}} {:max-values 0 :fields {:a [:a]}} {}]]
      (is (= :bad-option (error (view/bitmap options))) options))))

;; In a db

(deftest pages-have-each-record-once
  (with-open [l (memory/open {}), ^java.io.Closeable d (db/open l {:views {:fields (view/bitmap {:fields {:odd (comp odd? :n)}})}})]
    (log/append-all! l (map #(hash-map :n %) (range 20)))
    (doseq [reverse? [true false], limit [1 3 5 10 11]]
      (let [pages (iteration #(view/page (:fields d) [:= :odd true] {:reverse reverse? :limit limit :as :values :after %})
                             :vf :entries :kf :after)]
        (is (= (cond-> (range 1 20 2) reverse? reverse) (map :n (mapcat identity pages))))))
    (is (= :bad-option (error (view/page (:fields d) [:all] {:after "x"}))))))

(deftest explain-tells-of-deleted-records
  (with-temp-folder [folder]
    (with-open [l (log/open (path-in folder "a.log") {:codec :json})
                ^java.io.Closeable d (db/open l {:views {:fields (view/bitmap {:fields {:type [:value :type] :author [:value :author]}})}})]
      (let [offsets (log/append-all! l (map (fn [i] {:value {:type (if (even? i) "post" "vote") :author (str "@" (rem i 3))}}) (range 12)))]
        (db/await d)
        (log/delete! l (take 2 offsets))
        (is (= {:records 4 :bitmaps [[:type "post"] [:author "@0"]] :deleted 2 :behind 0}
               (dissoc (view/explain (:fields d) [:and [:= :type "post"] [:not [:= :author "@0"]] [:not [:= :author "@0"]]]) :size-in-bytes)))
        (is (= 5 (view/count (:fields d) [:= :type "post"])))))))
