(ns flumelog.interop-cut-test
  "Every length to which a crash can cut a log: what we and the original make of it. Where the two differ on purpose, a
   test's name says how, and it asserts both answers."
  (:require [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error path-in]]
            [flumelog.original :refer [bytes-of file-of flume-formats golden-bytes new-folder size-of their-cuts
                                       they-write! we-write! with-original]]))

(set! *warn-on-reflection* true)

(def ^:private three-values ["first" "Grüße, 世界" "the third"])

(defn- kept-bytes [l]
  (some-> (:kept (log/recovery l)) bytes-of))

(defn- our-cut
  "What we make of the first bytes of a log, in a folder of their own: like an answer of :cutPoints, and :tail, and
   whether :all the bytes are there still, in the log or in what was kept beside it under the right name."
  [folder bytes cut options]
  (let [path (file-of (new-folder folder) "log" (take cut bytes))]
    (with-open [l (log/open path options)]
      (let [{:keys [tail kept end]} (log/recovery l)]
        {:cut     cut
         :size    (size-of path)
         :since   @(log/since l)
         :offsets (into [] (log/offsets l))
         :tail    tail
         :all     (and (= kept (when (= :torn tail) (str path ".torn-" end)))
                       (= (take cut bytes) (concat (bytes-of path) (kept-bytes l))))}))))

(defn- as-room
  "What was expected of a cut, where the bytes behind the last record are zeros: these are room, which is cut and not kept."
  [{:keys [size cut] :as good} bytes]
  (let [tail (drop size (take cut bytes))]
    (if (and (<= 4 (count tail)) (every? zero? tail)) (assoc good :tail :none :all false) good)))

(defn- good-cut
  "What is to be made of a cut of a log that has records between these positions."
  [positions cut]
  (let [end     (last (filter #(<= % cut) positions))
        offsets (vec (take-while #(< % end) positions))]
    {:cut cut :size end :since (or (peek offsets) -1) :offsets offsets :tail (if (= end cut) :none :torn) :all true}))

(def ^:private recovered [:cut :size :since :offsets])

(defn- three-records
  "A log of the original's with three records: its options, its file and the positions between its records."
  [folder options]
  (let [path    (path-in (new-folder folder) "three")
        offsets (they-write! path options three-values #{})]
    {:options options :path path :bytes (bytes-of path) :positions (conj offsets (size-of path))}))

(defn- three-record-logs [folder formats]
  (for [format formats, block-bytes [16384 64]]
    (three-records folder (assoc format :codec :json :block-bytes block-bytes))))

(deftest a-cut-log-is-recovered-as-the-original-does
  (with-original folder
    (doseq [{:keys [options path bytes positions]} (three-record-logs folder flume-formats)
            {:keys [cut] :as theirs} (their-cuts path options)
            :when (or (= 0 cut) (<= (second positions) cut))]
      (testing [options cut]
        (let [good (good-cut positions cut)]
          (is (= (select-keys good recovered) (select-keys theirs recovered)))
          (is (true? (:prefix theirs)))
          (is (= good (our-cut folder bytes cut options)))
          (when (pos? cut) (is (= good (our-cut folder bytes cut {:codec :json})))))))))

(deftest the-original-and-we-append-alike-to-a-recovered-log
  (with-original folder
    (doseq [{:keys [options bytes positions]} (three-record-logs folder flume-formats)
            :let [never-cut (file-of folder "never-cut" bytes)]]
      (they-write! never-cut options three-values #{})
      (doseq [cut    [(inc (second positions)) (dec (last positions))]
              write! [they-write! we-write!]
              :let   [again (file-of (new-folder folder) "again" (take cut bytes))
                      lost  (drop (count (:offsets (good-cut positions cut))) three-values)]]
        (.close (log/open again options))
        (write! again options (concat lost three-values) #{})
        (is (= (bytes-of never-cut) (bytes-of again)) [options cut])))))

(defn- left-alone?
  "Whether the first bytes of a log, opened without a name, are refused and stay as they are."
  [folder bytes cut]
  (let [path (file-of (new-folder folder) "log" (take cut bytes))]
    (and (= :wrong-format (error (.close (log/open path))))
         (= (take cut bytes) (bytes-of path)))))

(deftest a-log-cut-in-its-first-record-opens-empty
  (with-original folder
    (doseq [{:keys [options path bytes positions]} (take-nth 2 (three-record-logs folder flume-formats))
            {:keys [cut size error]} (their-cuts path options)
            :when (< 0 cut (second positions))]
      (testing [options cut]
        (is (= cut size))
        (is (= "open" (:stage error)))
        (is (= "ERR_OUT_OF_RANGE" (:code error)))
        (is (= (good-cut positions cut) (our-cut folder bytes cut options)))
        ;; No checkpoint of ours says that a writer was at its first append, so without a name it is no log, or from the end of
        ;; its data on one legacy record.
        (let [legacy-end (- (long (second positions)) (long ({32 4, 48 6, 53 8} (:offset-bits options))))]
          (if (< cut legacy-end)
            (is (left-alone? folder bytes cut))
            (is (= (:all (as-room {:size legacy-end :cut cut :all true} bytes))
                   (:all (our-cut folder bytes cut {:codec :json}))))))))))

(deftest a-legacy-log-that-is-cut-anywhere-is-recovered
  (with-original folder
    (doseq [{:keys [options path bytes positions]} (three-record-logs folder [{:framing :legacy}])
            {:keys [cut error] :as theirs} (their-cuts path options)]
      (testing [options cut]
        (is (= (good-cut positions cut) (our-cut folder bytes cut options)))
        (if (some #{cut} positions)
          (is (= (select-keys (good-cut positions cut) recovered) (select-keys theirs recovered)))
          (do (is (= cut (:size theirs)))
              (is (= "open" (:stage error)))))))))

;; ---- data that looks like frames

(defn- golden-log [folder file-name options]
  (let [path (file-of folder file-name (golden-bytes file-name))]
    {:path path :bytes (bytes-of path) :options (merge {:framing :flume :codec :utf8} options)}))

(deftest data-that-looks-like-a-frame-does-not-hide-earlier-records
  (with-original folder
    (doseq [[bits positions lost] [[32 [0 17 46 63] (range 32 46)]
                                   [48 [0 19 52 71] (range 36 52)]
                                   [53 [0 21 58 79] (range 40 58)]]
            :let [file-name (str "flume" bits "-self-naming.log")
                  {:keys [path bytes options]} (golden-log folder file-name {:offset-bits bits})]
            {:keys [cut] :as theirs} (their-cuts path options)
            :when (or (= 0 cut) (<= (second positions) cut))]
      (testing [bits cut]
        (let [good (good-cut positions cut)]
          (is (= good (our-cut folder bytes cut options)))
          (if (some #{cut} lost)
            (is (= {:size (first lost), :count 0} (select-keys theirs [:size :count])))
            (is (= (select-keys good recovered) (select-keys theirs recovered)))))))))

(deftest we-read-on-behind-a-record-without-data
  (with-original folder
    (let [{:keys [path bytes options]} (golden-log folder "flume32-empty-record.log" {:offset-bits 32})]
      (doseq [{:keys [cut] :as theirs} (their-cuts path options)
              :when (<= 17 cut)
              :let  [good (good-cut [0 17 29 46] cut)]]
        (testing cut
          (is (= (as-room (update good :offsets #(vec (remove #{17} %))) bytes) (our-cut folder bytes cut options)))
          (is (= (select-keys good [:size :since]) (select-keys theirs [:size :since])))
          (is (= [0] (:offsets theirs)))
          (is (= (when (<= 29 cut) "read") (:stage (:error theirs)))))))))
