(ns flumelog.stats-test
  "What `flumelog.stats` says of a log is so: compared with a look at each record, on logs of all sorts and in all conditions."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :refer [for-all]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error path-in read-bytes with-temp-folder write-bytes!]]
            [flumelog.memory :as memory]
            [flumelog.stats :as stats]
            [flumelog.stats.often :as often]
            [flumelog.stats.page :as page]
            [flumelog.stats.sizes :as sizes]
            [flumelog.stats.text :as text]
            [flumelog.stats.times :as times]
            [flumelog.test-support :refer [size]])
  (:import (java.io RandomAccessFile)
           (java.time Instant)
           (java.util Date)))

(set! *warn-on-reflection* true)

(defn- stats-of
  ([path] (stats-of path nil))
  ([path options]
   (with-open [l (log/open path {:mode :read})]
     (stats/stats l options))))

(defn- file-size ^long [path] (.length (io/file path)))

;; Counts

(def ^:private values
  (gen/one-of [(gen/hash-map :type (gen/elements ["post" "vote" "about"]) :timestamp (gen/choose 1500000000000 1500100000000)
                             :text (gen/fmap #(apply str (repeat % "x")) (gen/choose 0 3000)))
               (gen/map (gen/elements [:a :b "c"]) gen/small-integer)
               gen/small-integer]))

(defn- nearest-rank [sizes q]
  (nth (sort sizes) (dec (max 1 (long (Math/ceil (* (double q) (count sizes))))))))

(defn- about? [^long expected ^long actual]
  (<= (Math/abs (- expected actual)) (* 0.001 expected)))

(defspec the-numbers-are-those-of-a-look-at-each-record (size 60 1500)
  (for-all [records (gen/vector (gen/tuple values gen/boolean) 1 60)]
    (with-temp-folder [folder]
      (let [path (path-in folder "a.log")
            offsets (with-open [l (log/open path)]
                      (let [offsets (log/append-all! l (map first records))]
                        (log/delete! l (keep-indexed (fn [i [_ deleted?]] (when deleted? (offsets i))) records))
                        offsets))
            end (file-size path), frames (map - (rest (conj offsets end)) offsets)
            live (keep (fn [[[value deleted?] frame]] (when-not deleted? [value (- (long frame) 16)])) (map vector records frames))
            sizes (map second live), data (reduce + sizes), live-bytes (+ (long data) (* 16 (count live)))
            found (stats-of path)]
        (and (= [end end (count live) (- (count records) (count live)) live-bytes (- end live-bytes) data (* 16 (count live)) {:state :none :bytes 0}]
                (map found [:size :end :records :deleted :live-bytes :deleted-bytes :data-bytes :frame-bytes :tail]))
             (= [(count live) 0 0] (map found [:decoded :undecodable :keys-error]))
             (= live-bytes (reduce + (map :live (:strip found))))
             (= (- end live-bytes) (reduce + (map :deleted (:strip found))))
             (= (count live) (reduce + (map :records (:kinds found))))
             (= (frequencies (mapcat (comp #(when (map? %) (map vector (keys %))) first) live))
                (into {} (map (juxt :item :records)) (:keys found)))
             (or (empty? live)
                 (and (= (apply min sizes) (:smallest (:sizes found)))
                      (= (apply max sizes) (:largest (:sizes found)))
                      (about? (nearest-rank sizes 0.5) (:median (:sizes found)))
                      (about? (nearest-rank sizes 0.99) (:p99 (:sizes found)))
                      (= (count live) (reduce + (map :records (:histogram found)))))))))))

(deftest the-file-is-as-it-was
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [l (log/open path)] (log/append-all! l (range 100)))
      (run! io/delete-file (filter #(str/includes? (str %) "checkpoint") (.listFiles (io/file folder))))
      (let [before (seq (read-bytes path)), names (set (.list (io/file folder)))]
        (stats-of path)
        (is (= before (seq (read-bytes path))))
        (is (= names (set (.list (io/file folder)))))))))

(deftest it-is-of-a-log-that-another-program-appends-to
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [writer (log/open path), reader (log/open path {:mode :read})]
        (log/append-all! writer (range 1000))
        (is (= [1000 0] (map (stats/stats reader) [:records :deleted])))
        (is (= [1000 0] (map (stats/stats writer) [:records :deleted])))))))

;; Conditions of a file

(defn- made
  "A log of 3000 records, changed by f of its file."
  [folder f]
  (let [path (path-in folder "a.log")]
    (with-open [l (log/open path)] (log/append-all! l (map #(hash-map :n % :type (if (even? %) "a" "b")) (range 3000))))
    (with-open [file (RandomAccessFile. (str path) "rw")] (f file))
    path))

(deftest what-is-behind-the-records-is-told
  (doseq [[state bytes records change]
          [[:torn 22 2999 (fn [^RandomAccessFile file] (.setLength file (- (.length file) 14)))]
           [:room 4096 3000 (fn [^RandomAccessFile file] (.setLength file (+ (.length file) 4096)))]
           [:corrupt nil nil (fn [^RandomAccessFile file] (.seek file 50000) (.write file (byte-array 300 (byte 7))))]]]
    (testing state
      (with-temp-folder [folder]
        (let [path (made folder change), found (stats-of path), tail (:tail found)]
          (is (= state (:state tail)))
          (when bytes (is (= bytes (:bytes tail))))
          (when records (is (= records (:records found))))
          (is (= (file-size path) (:size found) (+ (long (:live-bytes found)) (long (:bytes tail)))))
          (is (= (= :corrupt state) (string? (:message tail))))
          (is (string? (page/page found)))
          (is (= (:bytes tail) (reduce + (map #(- (long (:to %)) (long (:from %)) (long (:live %)) (long (:deleted %))) (:strip found))))
              "in the strip it is what is neither live nor deleted"))))))

(deftest damage-that-opening-did-not-see-ends-the-pass-where-it-is
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), offset (atom nil)]
      (with-open [l (log/open path)]
        (reset! offset (nth (log/append-all! l (range 3000)) 2000)))
      (with-open [l (log/open path {:mode :read})]
        (with-open [file (RandomAccessFile. (str path) "rw")] (.seek file @offset) (.write file (byte-array [1 1 1 1])))
        (let [found (stats/stats l)]
          (is (= 2000 (:records found)))
          (is (= [:corrupt (- (file-size path) (long @offset))] (map (:tail found) [:state :bytes])))
          (is (str/includes? (:message (:tail found)) (str @offset))))))))

(deftest an-empty-log-has-nothing
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (log/close! (log/open path))
      (let [found (stats-of path)]
        (is (= [0 0 0 0 nil nil []] (map found [:records :deleted :size :live-bytes :sizes :time :strip])))
        (is (str/includes? (page/page found) "It is empty."))
        (is (= 4 (count (text/lines found))))))))

(deftest a-record-that-can-not-be-decoded-is-counted
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [l (log/open path {:codec :utf8})] (log/append-all! l ["{:a 1}" "}" "{:a 2}" "]"]))
      (is (= [4 2 2] (map (stats-of path) [:records :decoded :undecodable]))))))

;; Time, types, keys

(deftest times-are-found-by-name-or-by-kind
  (doseq [[path value] {[:timestamp] {:timestamp 1500000000000}, [:value :timestamp] {:value {:timestamp 1500000000000 :n 1500000000001}}
                        [:created_at] {:created_at "2017-07-14T02:40:00Z"}, [:x] {:x #inst "2017-07-14T02:40:00Z"}
                        [:at] {:at (Instant/ofEpochSecond 1500000000) :count 1500000000}, [:ts] {:ts 1500000000.0}}]
    (testing path
      (with-temp-folder [folder]
        (with-open [l (log/open (path-in folder "a.log") {:codec {:encode (fn [_] (.getBytes "x")) :decode (fn [_] value)}})]
          (log/append! l value)
          (let [time (:time (stats/stats l))]
            (is (= path (:path time)))
            (is (= [1500000000000] (map #(.getTime ^Date (:at %)) (:spans time))))))))))

(deftest what-is-no-time-is-none
  (doseq [value [nil 5 0 -1500000000 99999999 1e300 Double/NaN 12345678901234567890123N "2017" "2017-99-99" "2017-07-14 at noon" [] :now Instant/MAX]]
    (is (nil? (times/millis value)) (pr-str value))))

(defspec spans-are-few-and-lose-nothing (size 100 5000)
  (for-all [moments (gen/vector (gen/one-of [(gen/choose 1500000000000 1500000100000) (gen/choose 0 4000000000000)]) 1 600)]
    (let [times (times/times)]
      (run! #(times/add! times % 1 10) moments)
      (let [{:keys [spans span-ms backwards] :as line} (times/line times), starts (map #(.getTime ^Date (:at %)) spans)]
        (and (<= (count spans) 240)
             (= (count moments) (reduce + (map :records spans)) (/ (long (reduce + (map :bytes spans))) 10))
             (= (frequencies (map #(* (long span-ms) (Math/floorDiv (long %) (long span-ms))) moments))
                (zipmap starts (map :records spans)))
             (= (sort starts) starts)
             (= backwards (count (filter true? (map < moments (reductions max moments)))))
             (<= (count (times/groups line 20)) 21))))))

(deftest a-few-wrong-clocks-leave-room-for-the-others
  (let [times (times/times)]
    (times/add! times 100000000000 1 10)
    (dotimes [i 2000] (times/add! times (+ 1500000000000 (* 1000 i)) 1 10))
    (let [shown (times/shown (times/line times))]
      (is (< 1 (count shown)))
      (is (= 2000 (reduce + (map :records shown)))))))

(defspec what-occurs-often-is-never-counted-too-high (size 200 5000)
  (for-all [items (gen/vector (gen/one-of [(gen/choose 0 5) (gen/choose 0 1000)]) 0 500), room (gen/choose 4 40)]
    (let [often (often/often room), exact (frequencies items), lost (do (run! #(often/add! often %) items) (often/lost often))
          found (into {} (often/most often 1000))]
      (and (<= (count found) room)
           (every? (fn [[item n]] (<= (long (found item 0)) (long n) (+ lost (long (found item 0))))) exact)
           (<= lost (quot (* 2 (count items)) (inc room)))
           (or (< room (count exact)) (= exact found))))))

(deftest fields-that-are-named-are-taken
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [l (log/open path)]
        (log/append-all! l (for [i (range 1000)] {:type "same" :colour (if (zero? (rem i 4)) "red" "blue") :timestamp 1500000000000 :seen (+ 1600000000 i)})))
      (let [{:keys [types time]} (stats-of path {:type [:colour] :time [:seen]})]
        (is (= [[:colour] [{:item "blue" :records 750} {:item "red" :records 250}]] ((juxt :path :values) types)))
        (is (= [[:seen] 1000] [(:path time) (reduce + (map :records (:spans time)))]))))))

(deftest a-sample-stands-for-all
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [l (log/open path)]
        (log/append-all! l (for [i (range 10000)] {:type (if (< (long i) 5000) "a" "b") :timestamp (+ 1500000000000 (* 1000 (long i)))})))
      (let [found (stats-of path {:sample 500})]
        (is (= [10000 500] (map found [:records :decoded])))
        (is (= #{{:item "a" :records 250} {:item "b" :records 250}} (set (:values (:types found)))))
        (is (= [10000 (:live-bytes found)] (map #(reduce + (map % (:spans (:time found)))) [:records :bytes]))))
      (is (= [10000 0 []] (map (stats-of path {:sample 0}) [:records :decoded :kinds]))))))

;; Sizes

(deftest large-sizes-are-within-a-thousandth
  (doseq [n (mapcat #(vector (dec (long %)) % (inc (long %))) (take 31 (iterate #(* 2 (long %)) 4)))]
    (let [counts (sizes/sizes)]
      (sizes/add! counts n)
      (let [median (long (:median (sizes/summary counts 0 Long/MAX_VALUE)))]
        (is (<= median (long n)))
        (is (about? n median))
        (when (< (long n) 2048) (is (= n median)))))))

(deftest bars-have-no-gaps
  (doseq [[smallest largest] [[1 1] [5 5] [100 120] [263 354] [1 16] [1 17] [1 4000000000] [999 1001]]]
    (let [counts (sizes/sizes)]
      (run! #(sizes/add! counts %) [smallest largest])
      (let [bars (sizes/histogram counts smallest largest)]
        (is (<= (long (:from (first bars))) (long smallest) (long largest) (long (:to (peek bars)))))
        (is (= (map :from (rest bars)) (map (comp inc :to) (butlast bars))))
        (is (<= (count bars) 33))
        (is (= 2 (reduce + (map :records bars))))))))

;; Progress and options

(deftest progress-comes-to-its-end-and-may-stop
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), told (atom [])]
      (with-open [l (log/open path {:codec :bytes})]
        (log/append-all! l (repeat 50 (byte-array 100000 (byte 1))))
        (stats/stats l {:progress #(swap! told conj %)})
        (is (<= 3 (count @told)))
        (is (apply < (map :done @told)))
        (is (= #{:phase :done :total :unit :per-second :remaining-seconds :position :size} (set (mapcat keys @told))))
        (is (= [:counting :bytes (file-size path) (file-size path) 0] (map (peek @told) [:phase :unit :done :total :remaining-seconds])))
        (is (thrown-with-msg? Exception #"enough" (stats/stats l {:progress (fn [_] (throw (Exception. "enough")))})))
        (is (= 50 (:records (stats/stats l))))))))

(deftest what-it-does-not-know-is-refused
  (with-temp-folder [folder]
    (with-open [l (log/open (path-in folder "a.log")), m (memory/open)]
      (doseq [options [{:smaple 1} {:sample -1} {:sample "1"} {:time :at} {:type []} {:progress 1} 5]]
        (is (= :bad-option (error (stats/stats l options))) (pr-str options)))
      (is (= :bad-option (error (stats/stats m))))
      (is (= :bad-option (error (stats/stats nil)))))))

;; The page

(deftest the-page-is-whole-and-loads-nothing
  (let [html (with-open [l (log/open "dev/data/earthquakes.log" {:codec :json :mode :read})] (page/page (stats/stats l)))]
    (doseq [part ["earthquakes.log" "1,707" "547 kB" "The file" "Growth over time" "31 Jan 2018" "Sizes of records" "Commonest types" "quarry blast"
                  "Commonest keys" "magType"]]
      (is (some? (re-find (re-pattern part) html)) part))
    (is (nil? (re-find #"<script|<link|<img|<iframe|src=|href=|@import|url\((?!#)|https?:" html)))
    (is (some? (re-find #"default-src &#39;none&#39;" html)))))

(deftest nothing-of-a-log-becomes-markup
  (with-temp-folder [folder]
    (let [evil "<script>alert('1')</script>\"&", path (path-in folder "a&b<i>.log")]
      (with-open [l (log/open path)]
        (log/append! l {:type evil, evil 1, :timestamp 1500000000000})
        (let [html (page/page (stats/stats l))]
          (is (not-any? #(str/includes? html %) ["<script" "<i>.log"]))
          (is (= 2 (count (re-seq #"&lt;script&gt;alert\(&#39;1&#39;\)&lt;/script&gt;&quot;&amp;" html))) "as a type and as a key"))))))
