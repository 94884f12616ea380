(ns flumelog.kafka-copy-test
  "A log is copied from a file to a topic and back, in pieces too; the command line takes a topic where it takes a file."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.command :as command]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [bytes= error files-in path-in read-bytes with-temp-folder]]
            [flumelog.kafka :as kafka]
            [flumelog.kafka-broker :refer [with-topic]]
            [flumelog.serving :refer [data with-page]]))

(set! *warn-on-reflection* true)

(defn- place [servers topic]
  {:servers servers :topic topic :create {:replication 1 :min-insync 1}})

(defn- make-file [path values]
  (with-open [l (log/open path {:sync :none})] (log/append-all! l values)))

(defn- stop-at
  "A function for `:moved` that throws at that record."
  [n]
  (let [left (atom n)]
    (fn [_ _] (when (neg? (swap! left dec)) (throw (ex-info "stop" {}))))))

(deftest a-log-comes-back-from-a-topic-as-it-was
  (with-topic [servers topic]
    (with-temp-folder [folder]
      (let [a (path-in folder "a.log"), b (path-in folder "b.log"), uri (str "kafka://" servers "/" topic)
            values (map #(array-map :n % :text (.repeat "x" (rem % 500))) (range 20000))
            offsets (make-file a values), seen (atom [])]
        (testing "in pieces"
          (is (thrown-with-msg? Exception #"stop" (log/copy! a (place servers topic) {:moved (stop-at 9000)})))
          (let [report (log/copy! a (place servers topic) {:progress #(swap! seen conj %)})]
            (is (= 20000 (:frames report)))
            (is (< 0 (:copied report) 20000))
            (is (= #{[:copying :bytes]} (set (map (juxt :phase :unit) @seen))))
            (testing "with the map of offsets beside the file"
              (is (contains? (files-in folder) (str "a.log." topic ".offsets")))
              (with-open [l (kafka/open (place servers topic))]
                (doseq [n [0 9000 19999]] (is (= (nth values n) (get l (get (:offsets report) (nth offsets n)))))))))
          (is (= 0 (:copied (log/copy! a uri)))))
        (testing "and what is new follows"
          (make-file a [:new])
          (is (= 1 (:copied (log/copy! a uri)))))
        (testing "and back, in pieces too"
          (is (thrown-with-msg? Exception #"stop" (log/copy! uri b {:moved (stop-at 9000)})))
          (is (= 20001 (:frames (log/copy! uri b))))
          (is (bytes= (read-bytes a) (read-bytes b))))))))

(deftest a-copy-of-a-topic-takes-other-codecs-and-ranges
  (with-topic [servers topic]
    (with-temp-folder [folder]
      (let [a (path-in folder "a.log"), b (path-in folder "b.log")
            [_ second-one] (make-file a [{:n 1} {:n 2} {:n 3}])]
        (log/copy! a (place servers topic) {:codec :json :from {:codec :edn} :gte second-one :offsets false})
        (with-open [l (kafka/open (assoc (place servers topic) :codec :json))]
          (is (= [{:n 2} {:n 3}] (into [] l))))
        (is (= #{"a.log"} (set (remove #(re-find #"lock|checkpoint" %) (files-in folder)))))
        (log/copy! (assoc (place servers topic) :codec :json) b {:codec :nippy :limit 1})
        (with-open [l (log/open b {:codec :nippy})] (is (= [{:n 2}] (into [] l))))
        (testing "and refuses what can't be"
          (is (= :bad-option (error (log/copy! a (place servers topic) {:framing :legacy}))))
          (is (= :bad-option (error (log/copy! (place servers topic) (place servers (str topic "-2"))))))
          (is (= :bad-option (error (log/copy! "kafka://nothing" b))))
          (is (= :wrong-log (error (log/copy! a (place servers topic) {:offsets false})))))))))

(defn- flumelog [& words]
  (let [{:keys [exit out err]} (apply command/run words)] [exit out err]))

(deftest ^{:ci "starts several JVMs"} the-command-line-takes-a-topic-where-it-takes-a-file
  (with-topic [servers topic]
    (with-temp-folder [folder]
      (let [uri (str "kafka://" servers "/" topic), a (path-in folder "a.log")]
        (make-file a [{:n 1} {:n 2}])
        (is (= 0 (first (flumelog "copy" a uri "--replication" 1))))
        (is (= [0 "3\n" ""] (flumelog {:in "{:n 3}\n"} "append" uri "--codec" "edn")))
        (is (= [0 "{:n 2}\n{:n 3}\n" ""] (flumelog "tail" uri "-n" 2 "--codec" "edn")))
        (is (= [0 "3\t{:n 3}\n" ""] (flumelog "cat" uri "--gt" 1 "--offsets" "--codec" "edn")))
        (is (str/includes? (second (flumelog "info" uri)) "since         3\n"))
        (testing "views too, kept in memory or in a folder"
          (let [views (path-in folder "views.edn"), dir (path-in folder "views")]
            (spit views (pr-str {:by-n {:kind :index :keys [[:n]]}}))
            (.mkdir (io/file dir))
            (is (= [0 "{:n 2}\n" ""] (flumelog "view" uri "lookup" "by-n" "2" "--views" views "--codec" "edn")))
            (is (= 0 (first (flumelog "view" uri "rebuild" "--views" views "--dir" dir "--codec" "edn"))))
            (is (re-find #"by-n .*has all records" (second (flumelog "view" uri "status" "--views" views "--dir" dir))))))))))

(deftest a-page-shows-a-topic
  (with-topic [servers topic]
    (with-open [l (kafka/open (place servers topic))]
      (log/append-all! l [{:n 1} {:n 2}])
      (with-page [page l]
        (is (= [1 0] (map :offset (:rows (data page "/api/records?limit=5")))))))))

(deftest verbs-that-work-on-files-refuse-a-topic-in-a-sentence
  (doseq [verb ["verify" "recover" "compact" "stats"]
          :let [{:keys [exit err]} (command/run-here verb "kafka://localhost:1/a")]]
    (is (= 2 exit))
    (is (= (str "flumelog: " verb " works on a file, and kafka://localhost:1/a is a topic of Kafka; see flumelog " verb " --help\n") err))))
