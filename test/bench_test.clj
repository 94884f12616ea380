(ns bench-test
  "The parts of the benchmarks that are only arithmetic; nothing is measured here."
  (:require [bench.builds :as builds]
            [bench.chart :as chart]
            [bench.document :as document]
            [bench.final :as final]
            [bench.first-calls :as first-calls]
            [bench.jdks :as jdks]
            [bench.large.table :as large]
            [bench.loops :as loops]
            [bench.payload :as payload]
            [bench.peers :as peers]
            [bench.plan :as plan]
            [bench.report :as report]
            [bench.results :as results]
            [bench.rows :as rows]
            [bench.stats :as stats]
            [bench.views.table :as views]
            [clojure.data.json :as json]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.fixtures :refer [path-in with-temp-folder]]))

(set! *warn-on-reflection* true)

(deftest medians-spreads-and-ratios
  (is (= 2 (stats/median [3 1 2])))
  (is (= 2.5 (stats/median [4 1 2 3])))
  (is (nil? (stats/median [])))
  (is (= 1.0 (stats/spread [1 2 3])))
  (is (nil? (stats/spread [1])) "one figure has no spread")
  (testing "figures of different rounds are not compared"
    (is (= 2.0 (stats/ratio :per-second {1 20, 2 8, 3 2} {1 10, 2 4})))
    (is (nil? (stats/ratio :per-second {1 20} {2 10}))))
  (is (= 4.0 (stats/ratio :micros {1 5} {1 20})) "less time is better"))

(deftest a-line-is-a-figure
  (is (= 1000.0 (double (stats/value :per-second {:nanos 1000000000 :ops 1000}))))
  (is (= 2.0 (double (stats/value :micros {:nanos 6000 :ops 3}))))
  (is (= 1.0 (stats/value :mib {:bytes 1048576}))))

(deftest a-wrong-sum-does-not-count
  (let [line (fn [peer sum] {:row :scan :workload :W :records 10 :peer peer :temperature :hot :nanos 1000 :ops 10 :sum sum
                             :run "r" :round 0})
        wrong (fn [expected lines] (map :peer (filter :wrong (stats/mark-wrong expected lines))))]
    (is (= [:lmdb] (wrong {[:scan :W] 7} [(line :flumelog 7) (line :lmdb 8)])))
    (is (= [:lmdb] (wrong {} [(line :flumelog 7) (line :lmdb 8) (line :sqlite 7)])) "most of them are believed")
    (is (= #{:flumelog}
           (set (keys (val (first (stats/cells (constantly :per-second)
                                               (stats/mark-wrong {[:scan :W] 7} [(line :flumelog 7) (line :lmdb 8)]))))))))))

(defn- line [round peer row nanos]
  {:run "2000-01-01T00:00:00Z" :round round :row row :workload :W :records 1000 :peer peer :temperature :hot :ops 1000
   :nanos nanos :sum 1})

(def ^:private lines
  [(line 0 :flumelog :scan 1000000) (line 0 :lmdb :scan 500000) (line 0 :limit :scan 400000)
   (line 1 :flumelog :scan 2000000) (line 1 :lmdb :scan 1000000) (line 1 :limit :scan 900000)])

(deftest the-table-of-views-compares-within-rounds
  (let [line (fn [round peer millis] {:records 1000 :round round :run "r" :measure :first :peer peer :millis millis :answer {:a 1} :load 0.5})
        text (views/text [(line 0 "reduce" 10) (line 0 "flumeview-reduce" 30) (line 1 "reduce" 20) (line 1 "flumeview-reduce" 100)
                          (assoc (line 2 "flumeview-reduce" 1) :answer {:a 2}) (line 2 "reduce" 1)
                          {:measure :more :peer "reduce" :failed "open of reduce: no message"}])]
    (is (str/includes? text "first answer of a new view, ms | 10.0 (1.00..20.0) | flumeview-reduce 1.4.0 | 30.0 (1.00..100), 3.00 x |"))
    (is (str/includes? text "* flumeview-reduce 1.4.0 gave another answer than flumelog in 1 of 3 steps of count by type: first."))
    (is (str/includes? text "* open of reduce: no message"))))

(deftest the-table-of-first-calls-compares-within-rounds
  (let [line (fn [round peer open more] (merge {:run "r" :round round :peer peer :jdk "17.0.15+6" :aot false :open open} more))
        lines [(line 0 :flumelog 10000 {:again 300}) (line 0 :kafka 5000 {:newest -1}) (line 1 :flumelog 30000 {:again 500}) (line 1 :kafka 60000 {})
               (line 0 :flumelog 7000 {:jdk "25.0.3+9" :aot true}) {:run "r" :round 2 :peer :flumelog :aot true :failed "flumelog: exit code 1"}]
        text (first-calls/text lines)
        document (document/markdown {:first-calls {:lines lines}})]
    (is (= ["open, JDK 17, us" "10th open, JDK 17, us" "open, JDK 25 with an AOT cache, us"] (map :title (first-calls/table lines)))
        "what a peer can't do is not there")
    (is (= [[:flumelog 20000.0 nil] [:kafka 32500.0 1.25]] (map (juxt :peer :median :ratio) (:entries (first (first-calls/table lines))))))
    (is (str/includes? text "open, JDK 17, us: target met: 20,000; asked for at most 30,000"))
    (is (str/includes? text "10th open, JDK 17, us: TARGET MISSED: 400; asked for at most 200"))
    (is (str/includes? text "flumelog: exit code 1"))
    (is (str/includes? document "| open, JDK 17, us | 20,000 (100 %) | 32,500 (169 %; 1.25 x) |"))
    (is (not (str/includes? document "Kafka's log, by")) "it is not ahead")))

(deftest the-report-tells-medians-ratios-and-targets
  (let [[measure & more] (report/table lines)
        lmdb (first (filter #(= :lmdb (:peer %)) (:entries measure)))]
    (is (nil? more))
    (is (= {:median 1500000.0 :ratio 0.5 :rounds 2} (select-keys lmdb [:median :ratio :rounds])))
    (is (= [[:lmdb 2 false] [:limit 0.8 false]] (map (juxt :against :asked :met) (:targets measure)))))
  (let [text (report/text (conj lines (assoc (line 0 :sqlite :scan 5) :wrong 3)))]
    (is (str/includes? text "forward scan, hot, W x 1,000, a second"))
    (is (str/includes? text "TARGET MISSED: 0.50 times the best peer, LMDB; asked for 2; the limit is 1.18 times that"))
    (is (str/includes? text "TARGET MISSED: 0.43 times limit; asked for 0.8\n"))
    (is (str/includes? text "! scan, sqlite, W: gave the sum 1, not 3"))))

(deftest two-builds-are-compared-round-by-round
  (let [lines (for [[run nanos] [[:now 2000] [:then 1000]], round [0 1]]
                (assoc (line round :flumelog :scan (* nanos (inc (long round)))) :run run))]
    (is (= [[0.5 :flumelog]] (map (juxt :ratio :peer) (builds/table lines))))
    (is (str/includes? (builds/text lines) "375,000,000 (67 %), before 750,000,000 (67 %): 0.50 x"))
    (is (empty? (builds/table (remove #(= :then (:run %)) lines))) "one build alone is not compared")))

(deftest targets-can-be-about-others-of-ours
  (is (= [[:flumelog-view 2.0 false]]
         (for [target (:targets (first (report/table [(line 0 :flumelog-view :get-1 500) (line 0 :lmdb :get-1 1000)])))]
           ((juxt :ours :ratio :met) target)))))

(deftest targets-can-be-about-another-workload
  (let [lines [(assoc (line 0 :flumelog :grow-open 1000) :workload :M100) (assoc (line 0 :flumelog :grow-open 2000) :workload :G10)]]
    (is (str/includes? (report/text lines) "TARGET MISSED: 0.50 times flumelog's on M100; asked for 0.8"))
    (is (= [[[:M100 0.5 false]] []]
           (for [{:keys [targets]} (report/table lines)] (map (juxt :workload :ratio :met) targets)))
        "and a workload is not compared with itself")
    (is (str/includes? (report/text (for [peer [:flumelog :limit], line lines] (assoc line :peer peer)))
                       "asked for 0.8; the limit is 0.50 times its own there"))
    (is (= [[]] (map :targets (report/table [(assoc (line 0 :flumelog :grow-open 1000) :workload :G10)]))) "nor with what was not measured")))

(deftest the-document-says-where-others-are-ahead
  (let [text (document/markdown {:runs {"2000-01-01T00:00:00Z" {:commit "abc" :force-micros {:growing 200.0 :preallocated 150.0}}}
                                 :lines lines})]
    (is (str/includes? text "* LMDB, by 2.00 times: forward scan"))
    (is (not (str/includes? text "* limit, by")) "a limit is no peer")
    (is (str/includes? text "bin/bench --row scan --workload W"))
    (is (str/includes? text "](performance/scan.svg)")))
  (is (re-find #"(?s)<svg .*LMDB.*</svg>" (chart/svg (report/table lines)))))

(deftest results-are-added-to-and-merged
  (with-temp-folder [folder]
    (let [file (results/file folder {:commit "abc" :jdk "Debian 17.0.15" :cpu "A CPU (R)" :cores 2})
          environment {:run "2000-01-01T00:00:00Z" :environment {:commit "abc"}}]
      (is (= (path-in folder "abc_jdk-17_a-cpu-r-x2.edn") (str file)))
      (results/append! file [environment])
      (results/append! file lines)
      (results/append! file [(first lines)])
      (is (= {:runs {"2000-01-01T00:00:00Z" {:commit "abc"}} :lines lines :loops []} (results/read-folder folder)))
      (is (= (results/read-folder folder) (results/merged (concat (results/read-file file) (results/read-file file))))))))

(deftest loops-of-jmh-are-lines-of-results
  (with-temp-folder [folder]
    (let [from (path-in folder "loops.json"), file (results/file folder {:commit "abc"})
          jmh (fn [nanos] [{:benchmark "bench.loops.ReadLoops.scan" :params {:blockBytes "512" :cached "true"}
                            :primaryMetric {:score nanos :scoreError "NaN"}
                            :secondaryMetrics {"gc.alloc.rate.norm" {:score 0.04}}}])]
      (doseq [[run nanos] [["2" 7.06] ["1" 9]]]
        (spit from (json/write-str (jmh nanos)))
        (results/append! file (map #(assoc % :run run) (loops/lines from))))
      (is (= [{:run "1" :loop "ReadLoops.scan" :params {"blockBytes" "512" "cached" "true"} :nanos 9 :error "NaN" :bytes 0.04}]
             (rest (:loops (results/read-folder folder)))))
      (is (str/includes? (document/markdown (results/read-folder folder))
                         "| ReadLoops.scan | blockBytes 512, cached true | 7.1 | - | 0.0 |")
          "the newest counts"))))

(deftest payloads-are-the-same-everywhere
  (doseq [[id expected-hash] {:W -428387253, :S 1496505983}
          :let [workload (rows/workloads id)
                records (into [] (payload/records workload 2000))
                lengths (map alength records)]]
    (testing id
      (is (= (map vec records) (map vec (into [] (payload/records workload 2000)))))
      (is (= expected-hash (reduce (fn [h ^bytes record] (unchecked-add-int (unchecked-multiply-int 31 h)
                                                                            (java.util.Arrays/hashCode record)))
                                   (int 0) records)))
      (is (every? #(<= (:min-bytes workload) % (:max-bytes workload)) lengths))
      (is (< 0.9 (/ (reduce + lengths) 2000.0 (:mean-bytes workload)) 1.1))
      (is (= (range 100) (map #(get (json/read-str (String. ^bytes % "UTF-8")) "sequence") (take 100 records)))))))

(deftest rows-and-peers-fit-together
  (is (empty? (peers/unknown-rows)))
  (is (= (set (map first rows/groups)) (set (map :group rows/rows))))
  (doseq [row rows/rows]
    (is (some #(= :ours (get-in peers/peers [% :role])) (peers/of-row row)) (str (:id row)))))

(deftest a-round-has-each-job-once
  (let [jobs (plan/jobs {:workloads #{:W} :records (constantly 100)})
        [a b :as rounds] (plan/rounds 1 2 jobs)]
    (is (= [(frequencies jobs) (frequencies jobs)] (map frequencies rounds)))
    (is (= (map :row jobs) (map :row a)) "rows stay together")
    (is (not= a b))
    (is (= rounds (plan/rounds 1 2 jobs)))
    (is (= #{:limit :lmdb} (set (map :peer (plan/jobs {:workloads #{:W} :records (constantly 100) :rows #{:scan}
                                                       :peers #{:lmdb :limit}})))))))

(deftest a-final-run-has-the-best-peer-the-limit-and-all-of-ours
  (let [lines (for [[peer nanos] {:flumelog 10 :chronicle 30 :lmdb 20 :limit 5}, [temperature slower] {:hot 1 :first 2}]
                (assoc (line 0 peer :get-1 (* (long nanos) (long slower))) :temperature temperature))
        all (plan/jobs {:workloads #{:W} :records (constantly 1000) :rows #{:get-1 :open}})
        of-row (fn [id jobs] (filter #(= id (get-in % [:row :id])) jobs))
        jobs (final/jobs lines all)]
    (is (= {[:get-1 :W] :lmdb} (final/best-peers lines)))
    (is (= #{:flumelog :flumelog-clj :flumelog-view :lmdb :limit} (set (map :peer (of-row :get-1 jobs)))))
    (is (= (set (peers/of-row (rows/by-id :open))) (set (map :peer (of-row :open jobs)))) "where no peer was measured, all are")
    (is (= #{[:cold] [:first]} (set (map (comp :starts :row) (of-row :open jobs)))))
    (is (= #{[:first]} (set (map (comp :starts :row) (of-row :open (final/jobs [(line 0 :flumelog :open 1)] all)))))
        "a start that the last results don't have is left out")))

(deftest a-final-run-goes-on-where-it-stopped
  (let [settings {:starts #{:cold :first} :folder "target"}
        jobs (final/jobs [] (plan/jobs {:workloads #{:W} :records (constantly 1000) :rows #{:open} :peers #{:flumelog}}))
        left (fn [& lines] (map (comp :starts :row) (final/left settings lines jobs)))
        done (line 0 :flumelog :open 1)]
    (is (= [[:cold] [:first]] (left)))
    (is (= [[:cold]] (left done)))
    (is (= [] (left done (assoc done :temperature :cold))))
    (is (= [done (assoc done :temperature :cold :failed "no")]
           (final/settled [(assoc done :failed "no") done (assoc done :temperature :cold :failed "no")])) "what failed is tried again")
    (doseq [other [(assoc done :failed "no") (assoc done :wrong 2) (assoc done :skipped "no") (assoc done :peer :limit) (assoc done :records 5)
                   (assoc done :workload :S) (assoc done :row :scan)]]
      (is (= [[:cold] [:first]] (left other)) (str other)))))

(deftest a-final-run-tells-what-fell
  (let [old (for [run ["1" "2"], peer [:flumelog :lmdb]] (assoc (line 0 peer :scan (if (= "1" run) 1 1000)) :run run))
        change (fn [nanos] (first (final/changes old [(line 0 :flumelog :scan nanos) (line 0 :lmdb :scan 4000)])))]
    (is (= [{:flumelog 0.5 :lmdb 0.25} true] ((juxt :ratios :fell) (change 2000))) "the newest run is the last one")
    (is (= [false true] (map (comp :fell change) [1050 1060])) "what a peer lost is not marked")
    (is (= [] (final/changes old [(line 0 :flumelog :get-1 1)])) "what was not measured before is not compared")
    (is (= [(str "new / old: 1 measures, 1 of them fell by more than 5 %, marked with <<")
            "  forward scan, hot, W x 1,000, a second: flumelog 0.50 x, LMDB 0.25 x  <<"]
           (str/split-lines (final/text "new / old" [(change 2000)]))))))

(deftest the-patch-of-memory-segments-fits-the-classes
  (doseq [of-file (rest (str/split (slurp "dev/bench/segments.patch") #"(?m)^--- a/"))
          :let [[name _ & hunks] (str/split of-file #"\n(?=\+\+\+|@@)"), class (slurp name)]
          hunk hunks
          :let [before (for [line (rest (str/split-lines hunk)) :when (#{\space \-} (first line))] (subs line 1))]]
    (is (seq before))
    (is (str/includes? class (str/join "\n" before)) (str name ": make dev/bench/segments.patch anew"))))

(deftest the-table-of-two-jdks-has-a-line-for-each-measure-of-the-newest-commit-with-both
  (let [run (fn [run commit jdk & lines] (map #(assoc % :run run :environment {:commit commit :jdk jdk}) lines))
        of (fn [& runs] {:lines (map #(dissoc % :environment) (apply concat runs))
                         :runs (into {} (map (juxt :run :environment)) (apply concat runs))})
        found (jdks/newest (of (run "1" "old" "Debian 17.0.15" (line 0 :flumelog :scan 9000))
                               (run "2" "old" "25.0.1" (line 0 :flumelog :scan 9000))
                               (run "3" "new" "Debian 17.0.15" (line 0 :flumelog :scan 7000) (line 0 :lmdb :scan 4000) (line 0 :limit :scan 500))
                               (run "4" "new" "Debian 17.0.15" (line 0 :flumelog :scan 2000) (line 0 :flumelog :reverse 2000))
                               (run "5" "new" "25.0.1" (line 0 :flumelog :scan 1000) (line 0 :lmdb :scan 3000))
                               (run "6" "newest" "25.0.1" (line 0 :flumelog :scan 10))))]
    (is (= "new" (:commit found)))
    (is (= ["| forward scan, hot, W x 1,000, a second | 500,000,000 | 1,000,000,000 | 2.00 | 2.00 / 3.00 | 0.25 / - |"]
           (drop 2 (str/split-lines (jdks/text found)))) "a step that was taken again counts once; a row without both JDKs is left out")
    (is (nil? (jdks/newest (of (run "1" "old" "25.0.1" (line 0 :flumelog :scan 9000))))))))

(deftest the-table-of-large-logs-has-a-column-for-each-size-in-order
  (let [times (fn [n] {:open n :ten 2.0 :get 3.0 :page 4.0 :reverse 5.0 :bare 6.0})
        lines [{:run "r" :gib 10 :cold (times 4000.0) :again (times 40.0)} {:run "r" :gib 1 :cold (times 3000.0) :again (times 30.0)}
               {:run "r" :environment {}}]]
    (is (= ["| us | 1 GiB, cold | 10 GiB, cold | 1 GiB, again | 10 GiB, again |"
            "| --- | ---: | ---: | ---: | ---: |"
            "| open and close | 3,000.00 | 4,000.00 | 30.00 | 40.00 |"]
           (take 3 (str/split-lines (large/text lines)))))))
