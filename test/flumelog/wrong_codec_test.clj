(ns flumelog.wrong-codec-test
  "A log that is opened with another codec than its records are of says so, and is not appended to."
  (:require [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [bytes= error path-in read-bytes with-temp-folder]]
            [flumelog.memory :as memory]))

(set! *warn-on-reflection* true)

(defn- log-of [folder codec values]
  (let [path (path-in folder (str (random-uuid) ".log"))]
    (with-open [l (log/open path {:codec codec})] (log/append-all! l values))
    path))

(def ^:private appends
  {"append!" #(log/append! % {:n 3}), "append-all!" #(log/append-all! % [{:n 3}]), "append-async!" #(deref (log/append-async! % {:n 3}))
   "appending" #(transduce identity (log/appending %) [{:n 3}])})

(defn- failure [f]
  (try (f) nil
       (catch java.util.concurrent.ExecutionException e (ex-data (ex-cause e)))
       (catch Exception e (assoc (ex-data e) :message (ex-message e)))))

(deftest records-of-another-codec-are-noticed-before-the-first-append
  (with-temp-folder [folder]
    (doseq [[codec values] {:json [{:n 1} {:n 2}], :edn [{:n 1} {:n 2}], :nippy [{:n 1} {:n 2}], :utf8 ["no form ) at all" "nor ) this"]}
            other [:json :edn :nippy] :when (not= codec other)
            [how append] appends]
      (testing (str codec " opened as " other ", " how)
        (let [path (log-of folder codec values), before (read-bytes path)]
          (with-open [l (log/open path {:codec other})]
            (is (= :wrong-format (:flumelog/error (failure #(append l)))))
            (is (= :wrong-format (:flumelog/error (failure #(append l)))) "again"))
          (is (bytes= before (read-bytes path))))))))

(deftest the-sentence-names-the-codec-and-the-way-out
  (with-temp-folder [folder]
    (let [path (log-of folder :json [{:n 1}])]
      (with-open [l (log/open path)]
        (let [{:keys [message offset codec]} (failure #(log/append! l {:n 2}))]
          (is (= 0 offset))
          (is (= :edn codec))
          (is (str/includes? message "looks like JSON: open it with the codec :json"))
          (is (str/includes? message ":mixed-codecs true")))
        (is (str/includes? (:message (failure #(first l))) "looks like JSON: open it with the codec :json")))
      (is (= {:ok false, :undecodable [0], :looks-like :json} (select-keys (log/verify path) [:ok :undecodable :looks-like])))
      (is (= {:ok true, :undecodable []} (select-keys (log/verify path {:codec :json}) [:ok :undecodable :looks-like]))))))

(deftest an-option-says-yes-to-it
  (with-temp-folder [folder]
    (let [path (log-of folder :json [{:n 1}])]
      (with-open [l (log/open path {:mixed-codecs true})]
        (is (= {:n 2} (get l (log/append! l {:n 2}))))
        (is (= [{:n 2}] (into [] (log/values l {:on-decode-error :skip})))))
      (is (= :bad-option (error (log/open path {:mixed-codecs "yes"})))))))

(deftest a-last-record-that-is-json-and-edn-is-passed-over
  (with-temp-folder [folder]
    (doseq [[codec values other outcome] [[:json [1] :edn nil] [:json ["text" []] :edn nil] [:json [{:n 1} "text" 1] :edn :wrong-format]
                                          [:json [[1 2]] :edn :wrong-format] [:edn [[1] "text"] :json nil] [:edn [:a 1 "b" true] :json :wrong-format]
                                          [:edn ['null] :json nil] [:edn [:a 1 1 1 1] :json nil]]]
      (with-open [l (log/open (log-of folder codec values) {:codec other})]
        (is (= outcome (error (log/append! l 5))) (str values " opened as " other))))))

(deftest a-bad-record-before-a-good-last-one-stops-nobody
  (with-temp-folder [folder]
    (let [path (log-of folder :utf8 ["1" "not json" "3"])]
      (with-open [l (log/open path {:codec :json})]
        (is (nil? (error (log/append! l 4))))))))

(deftest the-right-codec-is-never-refused
  (with-temp-folder [folder]
    (doseq [[codec values] {:edn [{"n" :1} {"a" 1 "b" [1 2]} ["a" "b"] 'null :a ["a" [{"b" :c}]]], :utf8 ["{\"n\":1}" "NPY"], :json [{:n 1} [1 2] nil]
                            :nippy [nil {:n 1}], :bytes [(.getBytes "NPY\u0000\u0000")] {:encode #(.getBytes (str %)) :decode #(String. ^bytes %)} ["a"]}
            value values]
      (with-open [l (log/open (log-of folder codec [value]) {:codec codec})]
        (is (nil? (error (log/append! l value))) (pr-str codec value))))))

(deftest deleted-and-unreadable-records-are-passed-over
  (with-temp-folder [folder]
    (let [path (log-of folder :json [{:n 1} {:n 2}])]
      (with-open [l (log/open path {:codec :json})] (log/delete! l 23))
      (with-open [l (log/open path)] (is (= :wrong-format (error (log/append! l :a)))) "the one before tells"))
    (let [path (log-of folder :json [{:text (str/join (repeat 100 "a"))}])]
      (with-open [l (log/open path {:max-record-bytes 50})] (is (nil? (error (log/append! l :a))))))
    (let [path (log-of folder :json [{:n 1}])]
      (with-open [l (log/open path {:mode :read})] (is (contains? #{:read-only :wrong-format} (error (log/append! l :a))))))))

(deftest only-the-first-append-looks
  (let [decoded (atom 0)
        codec {:encode #(.getBytes ^String %) :decode #(do (swap! decoded inc) (String. ^bytes %))}]
    (with-temp-folder [folder]
      (with-open [l (log/open (log-of folder codec ["a" "b"]) {:codec codec})]
        (log/append! l "c")
        (log/append-all! l ["d" "e"])
        (is (= 1 @decoded))))
    (with-open [l (memory/open {:codec codec})]
      (run! #(log/append! l %) ["a" "b"])
      (is (= 1 @decoded) "an empty log has nothing to look at"))))
