(ns flumelog.serve-browser-test
  "The page of a log in a browser, Chromium, which test/browser/drive.js drives. What is checked stands in test/browser/checks.js."
  (:require [clojure.test :refer [deftest is testing]]
            [flumelog.browser :as browser]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [path-in read-bytes with-temp-folder]]
            [flumelog.options :as options]
            [flumelog.serving :refer [with-page]]
            [flumelog.test-support :refer [size skip]])
  (:import (flumelog.codec Codec)
           (java.util Arrays HexFormat)))

(set! *warn-on-reflection* true)

;; The log

(def ^:private evil
  {:html "<img src=x onerror=\"window.evil=1\"><script>window.evil=1</script>" :turned "\u202egnp.exe" :lines "first\nsecond"
   :nested {:a [1 2 {:b #{:x}}] "text key" nil} :at 1517966781617})

(defn- message [n] {:key n :value {:author (if (even? (long n)) "alice" "bob") :n (rem (long n) 100) :text (str "message " n)}})

(defn- sleepy
  "EDN, of which each record takes some time while `slow?` holds."
  [slow?]
  (let [^Codec edn (options/->codec :edn)]
    {:encode #(.encode edn %) :decode (fn [data] (when @slow? (Thread/sleep 2)) (.decode edn data))}))

(defn- facts
  "What the checks compare with."
  [log path evil-offset]
  (let [present (into [] (log/offsets log)), newest (peek present), end (:end (log/info log)), data (- end newest 16)]
    {:newest newest :oldest (first present) :middle (nth present (quot (count present) 2)) :end end :evil evil-offset
     :frame {:places [newest (+ newest 4) (+ newest 4 data) (+ newest 8 data)]
             :hex (.formatHex (HexFormat/of) (Arrays/copyOfRange ^bytes (read-bytes path) (int newest) (int end)))}
     :hits (for [[offset {:keys [value]}] (rseq (log/entries log)) :when (and (= "alice" (:author value)) (< 90 (:n value)))] offset)}))

(defn- asked [word log path evil-offset slow?]
  (case word
    "ends"   (facts log path evil-offset)
    "append" {:newest (log/append! log (message 0))}
    "slow"   (reset! slow? true)
    "fast"   (reset! slow? false)))

;; At most 200 records of the log are found by the search, which waits after so many.
(deftest the-page-does-in-a-browser-what-people-expect
  (if-let [reason (browser/why-not)]
    (skip reason)
    (with-temp-folder [folder]
      (let [path (path-in folder "messages.log"), half (size 350 2400), slow? (atom false)]
        (with-open [l (log/open path {:codec (sleepy slow?) :sync :none})]
          (log/append-all! l (map message (range half)))
          (let [evil-offset (log/append! l evil)]
            (log/append-all! l (map message (range half)))
            (with-page [page l]
              (let [results (browser/results "drive.js" (:address page) [(if (< 1 (long (size 1 2))) "ci" "quick")] #(asked % l path evil-offset slow?))]
                (is (<= (long (size 11 16)) (count results)))
                (doseq [{:keys [check error]} results]
                  (testing check (is (nil? error))))))))))))
