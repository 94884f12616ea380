(ns flumelog.interop-test
  "The same files and the same calls given to us and to the original, flumelog-offset 3.4.4 under Node. Where the two
   differ on purpose, a test's name says how, and it asserts both answers, the original's where it is a stable one."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [clojure.test.check :as check]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.core :as log]
            [flumelog.fixtures :as fixtures :refer [error files-in path-in read-bytes with-temp-folder write-bytes!]]
            [flumelog.peer :as peer]
            [flumelog.test-support :refer [size skip]])
  (:import (flumelog.error LogException)
           (java.io Closeable)))

(set! *warn-on-reflection* true)

(defmacro ^:private with-original
  "Runs body with a new folder, where the original can be run; skips the test elsewhere."
  [folder & body]
  `(if-let [reason# (peer/available)]
     (skip reason#)
     (with-temp-folder [~folder] ~@body)))

;; ---- files

(defn- bytes-of [path]
  (seq (read-bytes path)))

(defn- size-of ^long [path]
  (.length (io/file path)))

(defn- file-of
  "The path of a new file of that name in the folder, with these bytes."
  [folder file-name bytes]
  (doto (path-in folder file-name) (write-bytes! (byte-array bytes))))

(defn- new-folder
  "A folder in the folder, by any name."
  [folder]
  (doto (io/file folder (str (gensym))) .mkdir))

(defn- golden-bytes [file-name]
  (bytes-of (or (io/resource (str "interop/golden/" file-name)) (io/file "test" "interop" "golden" file-name))))

;; ---- the original

(def ^:private formats (vals fixtures/formats))
(def ^:private flume-formats (filter :offset-bits formats))

(defn- legacy? [{:keys [framing]}]
  (= :legacy framing))

(defn- in-their-words
  "Our options of open in the original's words."
  [{:keys [offset-bits codec block-bytes] :as options}]
  (cond-> {:codec (name codec) :legacy (legacy? options)}
    offset-bits (assoc :bits offset-bits)
    block-bytes (assoc :blockSize block-bytes)))

(defn- ask [path cmd args]
  (peer/call (peer/shared) cmd (assoc args :id path)))

(defn- open-theirs! [path options]
  (ask path :open (assoc (in-their-words options) :path path)))

(defn- close-theirs! [path]
  (try
    (ask path :close {})
    (catch clojure.lang.ExceptionInfo e                  ; a peer that was started anew has forgotten its logs
      (when-not (= "unknown-id" (:code (ex-data e))) (throw e)))))

(defn- theirs
  "What f gives of the log, opened by the original; f takes a function of a command and its arguments."
  [path options f]
  (open-theirs! path options)
  (try
    (f (fn [cmd & {:as args}] (ask path cmd args)))
    (finally (close-theirs! path))))

(defn- their-failure
  "The :code and :partial of the original's error, or what it answers."
  [f]
  (try
    (f)
    (catch clojure.lang.ExceptionInfo e
      (if (:cmd (ex-data e)) (select-keys (ex-data e) [:code :partial]) (throw e)))))

(defn- their-answer
  "What the original, which opens the log for this alone, answers; its failure as a map with :code."
  [path options cmd & {:as args}]
  (their-failure #(theirs path options (fn [ask] (ask cmd args)))))

(defn- pairs [items]
  (mapv (juxt :seq :value) items))

(def ^:private gone "flumelog:deleted")

(defn- their-value [ask offset]
  (let [answer (their-failure #(ask :get :offset offset))]
    (if (= gone (:code answer)) :deleted answer)))

(defn- their-reading
  "All that can be read of the log by the original, with the records at the offsets asked for one by one."
  [path options offsets]
  (theirs path options
    (fn [ask]
      {:since   (ask :since)
       :entries (pairs (ask :stream))
       :reverse (pairs (ask :stream :opts {:reverse true}))
       :values  (ask :stream :opts {:seqs false})
       :at      (mapv #(their-value ask %) offsets)})))

(defn- they-write!
  "Has the original append the values, the last two as one batch, and delete those at some indexes; gives the offsets."
  [path options values deleted]
  (theirs path options
    (fn [ask]
      (let [[single batch] (split-at (- (count values) 2) values)
            singles (mapv (fn [value] (ask :append :value value)) single)
            offsets (into singles (:offsets (ask :appendAll :values batch)))]
        (when (seq deleted) (ask :del :offsets (mapv offsets deleted)))
        offsets))))

;; ---- ours, in the same shape

(defn- our-value
  "The value at the offset, or why there is none."
  [l offset]
  (try (log/fetch l offset) (catch LogException e (:flumelog/error (ex-data e)))))

(defn- our-reading [path options offsets]
  (with-open [l (log/open path options)]
    {:since   @(log/since l)
     :entries (into [] (log/entries l))
     :reverse (into [] (log/entries l {:reverse true}))
     :values  (vec l)
     :at      (mapv #(our-value l %) offsets)}))

(defn- we-write! [path options values deleted]
  (with-open [l (log/open path options)]
    (let [[single batch] (split-at (- (count values) 2) values)
          offsets (into (mapv #(log/append! l %) single) (log/append-all! l batch))]
      (when (seq deleted) (log/delete! l (map offsets deleted)))
      offsets)))

(defn- reading
  "What is to be read of a log with these values at these offsets, some deleted."
  [values offsets deleted]
  (let [live (vec (keep-indexed (fn [i entry] (when-not (contains? deleted i) entry)) (map vector offsets values)))]
    {:since   (peek offsets)
     :entries live
     :reverse (vec (rseq live))
     :values  (mapv second live)
     :at      (vec (map-indexed (fn [i value] (if (contains? deleted i) :deleted value)) values))}))

;; ---- each reads what the other wrote

(def ^:private values-of
  {:utf8 ["plain" "Grüße, 世界 🦀" (str/join (range 100)) "a\u0000b\n" " " "the last"]
   :json [{:n 1 :text "Grüße, 世界 🦀"} "a string" {:long (str/join (range 100))} -7 {:list [1 [nil true 0.5]] :map {}}
          {:quote "\" \\ / \u0007 \u2028"}]})

(defn- options-and-deletes
  "Each format, codec and some block size, with what is deleted: nothing from a legacy log, where the original can't."
  []
  (for [format formats, codec [:utf8 :json], block-bytes [23 16384]]
    [(assoc format :codec codec :block-bytes block-bytes) (if (legacy? format) #{} #{0 2 5})]))

(deftest what-the-original-writes-we-read
  (with-original folder
    (doseq [[options deleted] (options-and-deletes)
            :let [values  (values-of (:codec options))
                  path    (path-in (new-folder folder) "log")
                  offsets (they-write! path options values deleted)
                  before  (bytes-of path)]]
      (testing options
        (is (= (reading values offsets deleted) (their-reading path options offsets)))
        (doseq [mode [:read :read-write], options [options {:codec (:codec options)}]]
          (is (= (reading values offsets deleted) (our-reading path (assoc options :mode mode) offsets)) mode))
        (is (= before (bytes-of path)))))))

(deftest what-we-write-the-original-reads
  (with-original folder
    (doseq [[options deleted] (options-and-deletes)
            :let [values  (values-of (:codec options))
                  path    (path-in (new-folder folder) "log")
                  offsets (we-write! path options values deleted)
                  before  (bytes-of path)]]
      (testing options
        (is (= (reading values offsets deleted) (our-reading path options offsets)))
        (is (= (reading values offsets deleted) (their-reading path options offsets)))
        (is (= before (bytes-of path)))))))

(deftest we-and-the-original-append-in-turn-and-the-file-is-as-if-one-had-written-it
  (with-original folder
    (doseq [format formats, codec [:utf8 :json]
            :let [values  (values-of codec)
                  options (assoc format :codec codec :block-bytes 23)
                  [both theirs ours] (map #(path-in (new-folder folder) %) ["both" "theirs" "ours"])]]
      (testing options
        (doseq [write! [they-write! we-write! they-write! we-write! we-write! they-write!]]
          (write! both options values #{}))
        (dotimes [_ 6]
          (they-write! theirs options values #{})
          (we-write! ours options values #{}))
        (is (= (bytes-of theirs) (bytes-of both)))
        (is (= (bytes-of theirs) (bytes-of ours)))))))

(deftest a-reader-of-ours-follows-what-the-original-appends
  (with-original folder
    (let [path (path-in folder "log"), options {:framing :flume :offset-bits 32 :codec :utf8}]
      (theirs path options
        (fn [ask]
          (ask :append :value "first")
          (with-open [l (log/open path (assoc options :mode :read))]
            (is (= [0 ["first"]] [@(log/since l) (vec l)]))
            (ask :append :value "second")
            (is (= [17 ["first" "second"]] [@(log/since l) (vec l)]))))))))

;; ---- streams: records at 0, 16, 32 and 48, end at 64

(def ^:private four-options {:framing :flume :offset-bits 32 :codec :json :block-bytes 64})

(defn- four-records [folder]
  (doto (path-in folder "four") (they-write! four-options [1111 2222 3333 4444] #{})))

(defn- our-stream [path options]
  (with-open [l (log/open path (assoc four-options :mode :read))]
    (into [] (log/offsets l options))))

(defn- their-stream
  "Offsets that the original streams, or its failure."
  [path options]
  (let [answer (their-answer path four-options :stream :opts options)]
    (if (map? answer) answer (mapv first (pairs answer)))))

(deftest streams-are-bounded-as-in-the-original
  (with-original folder
    (let [path (four-records folder)]
      (doseq [[options offsets] {{}                     [0 16 32 48]
                                 {:gt 0}                [16 32 48]
                                 {:gt -1}               [0 16 32 48]
                                 {:gt 48}               []
                                 {:gte 16}              [16 32 48]
                                 {:gte 1000}            []
                                 {:lt 32}               [0 16]
                                 {:lte 32}              [0 16 32]
                                 {:lt 31}               [0 16]
                                 {:lt 1000}             [0 16 32 48]
                                 {:limit 2}             [0 16]
                                 {:reverse true}        [48 32 16 0]
                                 {:reverse true :lt 32} [16 0]
                                 {:reverse true :lte 32} [32 16 0]
                                 {:reverse true :gt 0}  [48 32 16]
                                 {:reverse true :limit 2} [48 32]}]
        (is (= offsets (our-stream path options)) options)
        (is (= offsets (their-stream path options)) options)))))

(defn- original-agrees?
  "Whether the original streams these records, none deleted, as we do: the tests below tell why not."
  [{:keys [gt gte lt lte reverse]} since]
  (let [low (or gt gte), high (or lt lte)]
    (cond
      (and low high)    (< low high)
      (and low reverse) (< low since)
      :else             true)))

(deftest streams-between-any-two-records-are-as-in-the-original
  (with-original folder
    (let [path   (four-records folder)
          bounds (fn [& ks] (cons {} (for [k ks, offset [0 16 32 48]] {k offset})))
          asked  (for [low (bounds :gt :gte), high (bounds :lt :lte), reverse [true false], limit [nil 1 3]
                       :let  [options (cond-> (merge low high {:reverse reverse}) limit (assoc :limit limit))]
                       :when (original-agrees? options 48)]
                   options)]
      (theirs path four-options
        (fn [ask]
          (with-open [l (log/open path (assoc four-options :mode :read))]
            (doseq [options asked]
              (is (= (pairs (ask :stream :opts options)) (into [] (log/entries l options))) options))))))))

(defmacro ^:private deviation
  "A test of where ours differs: for some stream options, what we give and what the original does."
  [test-name & rows]
  `(deftest ~test-name
     (with-original folder#
       (let [path# (four-records folder#)]
         (doseq [[options# ours# theirs#] ~(vec rows)]
           (is (= ours# (our-stream path# options#)) options#)
           (is (= theirs# (their-stream path# (update-vals options# (fn [v#] (if (nil? v#) "undefined" v#)))))
               options#))))))

(def ^:private thrown {:code "ERR_OUT_OF_RANGE" :partial []})

(deviation a-bound-of-nil-is-no-bound-where-the-original-gives-nothing
  [{:gt nil} [0 16 32 48] []])

(deviation a-lower-bound-inside-a-record-starts-at-the-next-where-the-original-throws
  [{:gt 5}  [16 32 48] thrown]
  [{:gte 5} [16 32 48] thrown])

(deviation an-upper-bound-is-exact-where-the-original-gives-one-record-too-many
  [{:lte 31} [0 16]    [0 16 32]]
  [{:lte 33} [0 16 32] [0 16 32 48]])

(deviation reverse-from-beyond-the-end-starts-at-the-last-where-the-original-gives-nothing
  [{:reverse true :lt 64}    [48 32 16 0] []]
  [{:reverse true :lte 1000} [48 32 16 0] []])

(deviation reverse-from-inside-a-record-starts-at-it-where-the-original-throws
  [{:reverse true :lt 5} [0] thrown])

(deviation reverse-ends-at-its-lower-bound-where-the-original-goes-one-record-too-far
  [{:reverse true :gte 5}  [48 32 16] [48 32 16 0]]
  [{:reverse true :gte 48} [48]       [48 32]]
  [{:reverse true :gt 48}  []         [48]])

(deviation bounds-that-leave-no-room-give-nothing-where-the-original-gives-its-first-record
  [{:gte 32 :lte 16}               [] [32]]
  [{:gte 32 :lte 16 :reverse true} [] [16]])

(deviation a-limit-of-nought-is-none-where-it-is-no-limit-to-the-original
  [{:limit 0} [] [0 16 32 48]])

(deftest a-negative-limit-is-refused-where-it-is-no-limit-to-the-original
  (with-original folder
    (let [path (four-records folder)]
      (is (= :bad-option (error (our-stream path {:limit -1}))))
      (is (= [0 16 32 48] (their-stream path {:limit -1}))))))

(deftest deleted-records-count-for-no-limit-and-have-no-offset-unlike-in-the-original
  (with-original folder
    (let [path (four-records folder)]
      (theirs path four-options (fn [ask] (ask :del :offsets 16)))
      (is (= [0 32] (our-stream path {:limit 2})))
      (is (= [0] (their-stream path {:limit 2})))
      (is (= [0 32 48] (our-stream path {})))
      (is (= [0 16 32 48] (their-answer path four-options :stream :opts {:values false}))))))

;; ---- get and delete

(deftest no-record-is-nil-to-get-where-the-original-throws
  (with-original folder
    (let [path (four-records folder)]
      (with-open [l (log/open path four-options)]
        (is (= [nil nil nil nil] (map #(get l %) [5 -1 64 1000])))
        (is (= #{:not-a-record} (set (map #(our-value l %) [5 -1 64 1000])))))
      (doseq [offset [5 -1 64 1000]]
        (is (:code (their-answer path four-options :get :offset offset)) offset)))))

(deftest deleting-is-all-or-nothing-where-the-original-deletes-some-and-hangs
  (with-original folder
    (let [path (four-records folder), before (bytes-of path)]
      (with-open [l (log/open path four-options)]
        (is (= :not-a-record (error (log/delete! l [16 1000]))))
        (is (= before (bytes-of path)))
        (is (= [1 1] [(log/delete! l 16) (log/delete! l 32)])))
      (let [path (four-records (new-folder folder))]
        (theirs path four-options
          (fn [ask]
            (is (= "exception" (:code (their-failure #(ask :del :offsets [16 1000])))))
            (is (= "timeout" (:code (their-failure #(ask :del :offsets 32)))))))
        (is (= [0 32 48] (their-stream path {})))))))

(deftest a-deleted-record-is-gone-at-once-where-the-original-shows-what-lies-in-further-blocks
  (with-original folder
    (let [options {:framing :flume :offset-bits 32 :codec :utf8 :block-bytes 64}
          values  ["first" (str/join (repeat 200 "b")) "third"]
          path    (path-in folder "log")]
      (we-write! path options values #{})
      (with-open [l (log/open path options)]
        (is (= values (vec l)))
        (log/delete! l 17)
        (is (= ["first" "third"] (vec l))))
      (io/delete-file path)
      (they-write! path options values #{})
      (theirs path options
        (fn [ask]
          (ask :get :offset 17)
          (ask :del :offsets 17)
          (is (str/ends-with? (ask :get :offset 17) "bbbb"))))
      (is (= ["first" "third"] (:values (their-reading path options [])))))))

(deftest legacy-records-are-deleted-where-the-original-can-not
  (with-original folder
    (let [options {:framing :legacy :codec :json}, path (path-in folder "log")]
      (they-write! path options [1 2 3] #{})
      (is (= "exception" (:code (their-answer path options :del :offsets 9))))
      (with-open [l (log/open path options)]
        (is (= 1 (log/delete! l 9)))
        (is (= [1 3] (vec l))))
      (is (= [1 3] (:values (their-reading path options []))))
      (testing "and then the last, without which the original doesn't open the log"
        (with-open [l (log/open path options)] (log/delete! l 18))
        (is (= "exception" (:code (their-answer path options :since))))
        (is (= {:since 18 :values [1]} (select-keys (our-reading path options []) [:since :values])))))))

(deftest data-that-looks-deleted-is-refused-where-the-original-loses-it-or-all-behind-it
  (with-original folder
    (let [options {:framing :flume :offset-bits 32 :codec :utf8}]
      (with-open [l (log/open (path-in folder "ours") options)]
        (is (= [:encode :encode] (map #(error (log/append! l %)) ["\u0000\u0000" ""])))
        (is (= -1 @(log/since l))))
      (theirs (path-in folder "theirs") options
        (fn [ask]
          (run! #(ask :append :value %) ["\u0000\u0000" "second"])
          (is (= ["second"] (map :value (ask :stream))))
          (run! #(ask :append :value %) ["" "fourth"])
          (is (= ["second"] (map :value (:partial (their-failure #(ask :stream)))))))))))

(deftest a-record-that-can-not-be-decoded-breaks-only-itself-where-the-original-dies-of-it
  (with-original folder
    (let [path (path-in folder "log"), options {:framing :flume :offset-bits 32 :codec :json}]
      (they-write! path (assoc options :codec :utf8) ["1" "not json" "3"] #{})
      (is (= {:code "exception" :partial [{:seq 0 :value 1}]} (their-answer path options :stream)))
      (with-open [l (log/open path options)]
        (is (= [1 :decode 3] (map #(our-value l %) [0 13 33])))
        (is (= :decode (error (vec l))))
        (is (= [[0 1] [33 3]] (into [] (log/entries l {:on-decode-error :skip}))))
        (is (= 46 (log/append! l 4)))))))

;; ---- every length to which a crash can cut a log

(def ^:private three-values ["first" "Grüße, 世界" "the third"])

(defn- their-cuts
  "What the original makes of each cut of the log, see peer.js."
  [path options]
  (peer/call (peer/shared) :cutPoints (assoc (in-their-words options) :path path)))

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

(deftest to-a-recovered-log-both-sides-append-as-if-it-had-never-been-cut
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

(deftest a-log-cut-in-its-first-record-opens-empty-where-the-original-never-opens-it-again
  (with-original folder
    (doseq [{:keys [options path bytes positions]} (take-nth 2 (three-record-logs folder flume-formats))
            {:keys [cut size error]} (their-cuts path options)
            :when (< 0 cut (second positions))]
      (testing [options cut]
        (is (= [cut "open" "ERR_OUT_OF_RANGE"] [size (:stage error) (:code error)]))
        (is (= (good-cut positions cut) (our-cut folder bytes cut options)))
        (is (:all (our-cut folder bytes cut {:codec :json})))))))

(deftest a-cut-legacy-log-is-recovered-where-the-original-opens-it-only-at-the-end-of-a-record
  (with-original folder
    (doseq [{:keys [options path bytes positions]} (three-record-logs folder [{:framing :legacy}])
            {:keys [cut error] :as theirs} (their-cuts path options)]
      (testing [options cut]
        (is (= (good-cut positions cut) (our-cut folder bytes cut options)))
        (if (some #{cut} positions)
          (is (= (select-keys (good-cut positions cut) recovered) (select-keys theirs recovered)))
          (is (= [cut "open"] [(:size theirs) (:stage error)])))))))

(defn- golden-log [folder file-name options]
  (let [path (file-of folder file-name (golden-bytes file-name))]
    {:path path :bytes (bytes-of path) :options (merge {:framing :flume :codec :utf8} options)}))

(deftest data-that-names-its-own-place-is-data-where-the-original-loses-all-before-it
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
            (is (= [(first lost) 0] ((juxt :size :count) theirs)))
            (is (= (select-keys good recovered) (select-keys theirs recovered)))))))))

(deftest behind-a-record-without-data-we-read-on-where-the-original-stops
  (with-original folder
    (let [{:keys [path bytes options]} (golden-log folder "flume32-empty-record.log" {:offset-bits 32})]
      (doseq [{:keys [cut] :as theirs} (their-cuts path options)
              :when (<= 17 cut)
              :let  [good (good-cut [0 17 29 46] cut)]]
        (testing cut
          (is (= (update good :offsets #(vec (remove #{17} %))) (our-cut folder bytes cut options)))
          (is (= (select-keys good [:size :since]) (select-keys theirs [:size :since])))
          (is (= [0] (:offsets theirs)))
          (is (= (when (<= 29 cut) "read") (:stage (:error theirs)))))))))

;; ---- files that are not what they are opened as

(defn- check-left-alone
  "That a file is of the wrong format for us, in both modes, and that the original cuts it, to that size."
  [folder file-name bytes options their-size]
  (testing [file-name options]
    (let [own  (new-folder folder)
          path (file-of own file-name bytes)]
      (doseq [mode [:read :read-write]]
        (is (= :wrong-format (error (log/open path (assoc options :mode mode))))))
      (is (= (seq bytes) (bytes-of path)))
      (is (= #{file-name} (files-in own)))
      (their-answer path (assoc options :codec :utf8) :since)
      (is (= their-size (size-of path))))))

(deftest a-log-opened-at-a-wrong-width-is-refused-where-the-original-cuts-it
  (with-original folder
    (doseq [[file-name bits their-size] [["flume32-record-of-65536.log" 48 65565]
                                         ["flume32-empty-record.log" 48 29]
                                         ["flume32-empty-record.log" 53 29]
                                         ["legacy-second-12-longer.log" 32 32]]]
      (check-left-alone folder file-name (golden-bytes file-name) {:offset-bits bits} their-size))))

(deftest a-file-that-is-no-log-is-refused-where-the-original-cuts-it
  (with-original folder
    (check-left-alone folder "data.bin" (map unchecked-byte (concat [0 0 0 4] (range 37 133))) {:offset-bits 32} 4)))

;; ---- any history

(def ^:private gen-text
  (let [piece (gen/frequency
               [[8 gen/char-ascii]
                [4 (gen/elements ["é" "ß" "世" "界" "🦀" "👩‍👩‍👧" "\u2028" "\u007f" "\ufeff" "\u0000"])]
                [1 (gen/fmap #(str/join (repeat % "long ")) (gen/choose 1 60))]])]
    (gen/fmap str/join (gen/vector piece 0 12))))

(def ^:private gen-json
  "What both write as the same text; numbers with a fraction they may write differently."
  (let [largest (dec (bit-shift-left 1 53))
        field   (gen/one-of [gen-text gen/small-integer (gen/vector gen-text 0 3)])]
    (gen/frequency
     [[3 gen-text]
      [1 (gen/large-integer* {:min (- largest) :max largest})]
      [1 gen/boolean]
      [3 (gen/map (gen/elements [:a :b :text :ключ]) field)]])))

(def ^:private gen-value
  {:json gen-json
   :utf8 (gen/fmap #(str "." %) gen-text)})              ; what is empty or all zeros is no data to us

(def ^:private gen-block-bytes (gen/choose 1 128))

(def ^:private gen-stream
  "Bounds are the indexes of records."
  (let [bound (fn [& ks] (gen/one-of [(gen/return nil) (gen/tuple (gen/elements ks) gen/nat)]))]
    (gen/hash-map :low (bound :gt :gte), :high (bound :lt :lte)
                  :reverse gen/boolean, :limit (gen/one-of [(gen/return nil) (gen/choose 1 5)]))))

(defn- gen-action [{:keys [codec] :as options}]
  (let [value   (gen-value codec)
        indexes (gen/vector-distinct gen/nat {:min-elements 1 :max-elements 3})]
    (gen/frequency
     [[6 (gen/tuple (gen/return :append) value)]
      [2 (gen/tuple (gen/return :append-all) (gen/vector value 1 5))]
      [(if (legacy? options) 0 2) (gen/tuple (gen/return :delete) indexes)]
      [3 (gen/tuple (gen/return :get) gen/nat)]
      [3 (gen/tuple (gen/return :stream) gen-stream)]
      [1 (gen/tuple (gen/return :reopen) gen/boolean gen-block-bytes gen-block-bytes)]])))

(def ^:private gen-history
  (gen/let [format  (gen/elements formats)
            codec   (gen/elements [:json :utf8])
            blocks  (gen/tuple gen-block-bytes gen-block-bytes)
            actions (gen/vector (gen-action (assoc format :codec codec)) 1 20)]
    {:options (assoc format :codec codec) :blocks blocks :actions actions}))

(defn- agree! [what ours theirs]
  (when-not (= ours theirs)
    (throw (ex-info "ours and the original's differ" {:what what :ours ours :theirs theirs}))))

(defn- open-both
  "The world with both logs open: the file of ours with us, that of theirs with the original."
  [{:keys [options ours theirs blocks] :as world}]
  (let [[our-blocks their-blocks] blocks]
    (open-theirs! theirs (assoc options :block-bytes their-blocks))
    (assoc world :l (log/open ours (assoc options :block-bytes our-blocks)))))

(defn- close-both [{:keys [l ours theirs] :as world}]
  (.close ^Closeable l)
  (close-theirs! theirs)
  (agree! :bytes (bytes-of ours) (bytes-of theirs))
  world)

(defn- ask-theirs [{:keys [theirs]} cmd & {:as args}]
  (ask theirs cmd args))

(defmulti ^:private act
  "Does an action on both sides, which must agree; gives the world after it."
  (fn [_ [kind]] kind))

(defmethod act :append [{:keys [l] :as world} [_ value :as action]]
  (let [offset (log/append! l value)]
    (agree! action offset (ask-theirs world :append :value value))
    (update world :offsets conj offset)))

(defmethod act :append-all [{:keys [l] :as world} [_ values :as action]]
  (let [offsets (log/append-all! l values)]
    (agree! action {:since (peek offsets) :offsets offsets} (ask-theirs world :appendAll :values values))
    (update world :offsets into offsets)))

(defn- nth-offset [offsets n]
  (nth offsets (mod n (count offsets))))

(defmethod act :delete [{:keys [l offsets deleted theirs options blocks] :as world} [_ indexes :as action]]
  (if (empty? offsets)
    world
    (let [doomed (into #{} (map #(nth-offset offsets %)) indexes)]
      (agree! action (log/delete! l doomed) (count (remove deleted doomed)))
      (ask-theirs world :del :offsets doomed)
      (close-theirs! theirs)                             ; its cache still has them
      (open-theirs! theirs (assoc options :block-bytes (second blocks)))
      (update world :deleted into doomed))))

(defmethod act :get [{:keys [l offsets] :as world} [_ n :as action]]
  (when (seq offsets)
    (let [offset (nth-offset offsets n)]
      (agree! action (our-value l offset) (their-value (fn [cmd & args] (apply ask-theirs world cmd args)) offset))))
  world)

(defn- stream-options [offsets {:keys [low high reverse limit]}]
  (into {:reverse reverse}
        (concat (for [[k n] [low high] :when (and k (seq offsets))] [k (nth-offset offsets n)])
                (when limit [[:limit limit]]))))

(defmethod act :stream [{:keys [l offsets deleted] :as world} [_ spec]]
  (let [options (stream-options offsets spec)]
    (when (and (original-agrees? options (peek offsets)) (or (nil? (:limit spec)) (empty? deleted)))
      (agree! [:stream options] (into [] (log/entries l options)) (pairs (ask-theirs world :stream :opts options)))))
  world)

(defmethod act :reopen [world [_ exchange our-blocks their-blocks]]
  (let [{:keys [ours theirs] :as closed} (close-both world)]
    (open-both (merge closed {:blocks [our-blocks their-blocks]}
                      (when exchange {:ours theirs :theirs ours})))))

(defn- check-all
  "Compares all that is to be read."
  [{:keys [l offsets] :as world}]
  (agree! :since @(log/since l) (ask-theirs world :since))
  (act world [:stream {}])
  (act world [:stream {:reverse true}])
  (dotimes [n (count offsets)] (act world [:get n]))
  world)

(defn- play!
  "Plays a history on both sides; throws where they differ."
  [folder {:keys [actions] :as history}]
  (let [paths {:ours (path-in (new-folder folder) "log"), :theirs (path-in (new-folder folder) "log")}
        world (atom (open-both (merge history paths {:offsets [] :deleted #{}})))]
    (try
      (doseq [action actions] (swap! world act action))
      (close-both (check-all @world))
      true
      (finally
        (.close ^Closeable (:l @world))
        (run! close-theirs! (vals paths))))))

(deftest any-history-makes-the-same-file-and-reads-the-same-on-both-sides
  (with-original folder
    (let [history-agrees (prop/for-all* [gen-history] #(play! folder %))
          {:keys [pass? seed shrunk]} (check/quick-check (size 40 300) history-agrees)]
      (is pass? (pr-str {:seed seed, :smallest (:smallest shrunk), :differ (ex-data (:result shrunk))})))))
