(ns flumelog.specs-test
  "The specs say what the log takes and gives: no less, since each option that they make up is accepted, and no more,
   since every other test runs with them."
  (:require [clojure.spec.alpha :as s]
            [clojure.spec.test.alpha :as stest]
            [clojure.test :refer [deftest is testing] :as t]
            [flumelog.contract-test]
            [flumelog.seam-test]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error failure path-in with-temp-folder]]
            [flumelog.kafka]
            [flumelog.memory :as memory]
            [flumelog.specs :as specs]
            [flumelog.test-disk]))

(set! *warn-on-reflection* true)

(defn- public-functions [ns]
  (for [[_ v] (ns-publics ns) :when (not (:no-doc (meta v)))] (symbol v)))

(defmacro ^:private instrumented
  "Runs the body while the public functions check what they are given."
  [& body]
  `(try
     (is (= (set (public-functions 'flumelog.core))
            (set (stest/instrument (stest/enumerate-namespace 'flumelog.core)))))
     ~@body
     (finally (stest/unstrument (stest/enumerate-namespace 'flumelog.core)))))

(deftest every-public-function-has-a-spec
  (doseq [function (mapcat public-functions '[flumelog.core flumelog.kafka flumelog.memory flumelog.test-disk])]
    (is (:args (s/get-spec function)) function)
    (is (:ret (s/get-spec function)) function)))

(deftest a-log-opens-with-all-options-that-are-generated
  (doseq [[options] (s/exercise ::specs/open-options 50)]
    (with-temp-folder [folder]
      (testing (pr-str options)
        (let [path (path-in folder "a.log")]
          (is (true? (with-open [l (log/open path (dissoc options :mode))] (log/since l) true)))
          (is (true? (with-open [_ (log/open path options), _ (memory/open (dissoc options :protect))] true)))
          (is (true? (:ok (log/verify path (select-keys options [:codec :framing :offset-bits :max-record-bytes :progress :protect]))))))))))

(deftest a-log-is-read-with-all-options-that-are-generated
  (with-open [l (memory/open)]
    (log/append-all! l (range 5))
    (doseq [[options] (s/exercise ::specs/range-options 200), f [log/entries log/values log/offsets]]
      (is (<= (count (into [] (f l options))) 5)))
    (doseq [[options] (s/exercise ::specs/live-options 200)]
      (is (reduced? (reduced (log/live l options)))))))

(deftest the-specs-refuse-what-the-log-refuses
  (doseq [[spec options] {::specs/open-options  [{:codec :xml} {:offset-bits 64} {:framing :json} {:mode :write} {:sync 5}
                                                 {:sync {:every-ms 0}} {:block-bytes 0} {:cache-blocks -1} {:cache {}}
                                                 {:max-record-bytes 0} {:progress 1} {:room-bytes 1} {:framing :legacy :offset-bits 32}
                                                 {:cache (log/block-cache 1) :cache-blocks 1} [] "a"]
                          ::specs/range-options [{:gt "1"} {:lte 1.5} {:limit -1} {:reverse 1} {:on-decode-error :ignore}]
                          ::specs/live-options  [{:as :maps} {:old 1} {:durable :yes} {:limit 0.5} {:gte :first}]}
          options options]
    (testing (pr-str options)
      (is (not (s/valid? spec options)))
      (is (= :bad-option (with-open [l (memory/open)]
                           (error (case spec
                                    ::specs/open-options (memory/open options)
                                    ::specs/range-options (log/entries l options)
                                    ::specs/live-options (log/live l options)))))))))

(deftest unknown-options-are-left-to-the-log
  (instrumented
    (with-temp-folder [folder]
      (let [refusal (ex-data (failure (log/open (path-in folder "a.log") {:cache-size 256})))]
        (is (= {:flumelog/error :bad-option, :did-you-mean :cache-blocks}
               (select-keys refusal [:flumelog/error :did-you-mean])))))))

(deftest the-spec-of-a-wrong-call-names-the-argument
  (instrumented
    (with-open [l (memory/open)]
      (doseq [[problem call] {[:log] #(log/append! [] 1), [:path] #(log/open 5), [:offset] #(log/fetch l 1.5)
                              [:options :limit] #(log/values l {:limit -1}), [:max-bytes] #(log/block-cache -1)
                              [:cursor] #(log/next! l), [:timeout-ms] #(log/await-since l 0 nil)}]
        (is (some #(= problem (take (count problem) (remove #{::s/pred ::s/nil} (:path %))))
                  (::s/problems (ex-data (failure (call)))))
            (pr-str problem))))))

(deftest functions-return-what-their-specs-say
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), gives (fn [function & args]
                                                 (let [result (apply (resolve function) args)]
                                                   (is (s/valid? (:ret (s/get-spec function)) result) function)
                                                   result))]
      (with-open [l (log/open path)]
        (doseq [[function & args] `[[log/append! :a] [log/append-all! [:b :c]] [log/append-async! :d] [log/appending] [log/sync!]
                                    [log/delete! 0] [log/delete! []] [log/entries] [log/values {:limit 1}] [log/offsets] [log/live]
                                    [log/since] [log/durable] [log/await-since 0 0] [log/info] [log/recovery]]]
          (apply gives function l args))
        (let [cursor (gives `log/cursor l)]
          (run! #(gives % cursor) [`log/next! `log/prev! `log/prev!])
          (gives `log/seek! cursor 5)
          (gives `log/next! cursor)
          (gives `log/next! (log/seek! cursor 1000))))
      (gives `log/verify path)
      (gives `log/salvage path (path-in folder "b.log"))
      (gives `log/convert path (path-in folder "c.log") {:framing :legacy :from {:offset-bits 53} :moved vector})
      (gives `log/compact! path {:moved vector})
      (gives `log/block-cache 5))))

(deftest the-contract-holds-while-calls-are-checked
  (instrumented
    (t/test-vars (filter (comp :test meta) (mapcat (comp vals ns-interns) '[flumelog.contract-test flumelog.seam-test])))))
