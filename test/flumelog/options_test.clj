(ns flumelog.options-test
  "Options and arguments are checked once, before anything is done, and what is wrong is said in one sentence."
  (:require [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error failure files-in path-in with-temp-folder]]
            [flumelog.memory :as memory])
  (:import (flumelog.codec Codecs)
           (flumelog.coll LogCollection)
           (flumelog.log BlockCache Format LiveOptions LogHead LogOptions OffsetLog OffsetWidth Progress Protection Range SealPolicy SyncPolicy)
           (java.util.concurrent Executor)))

(set! *warn-on-reflection* true)

(def ^:private cache (BlockCache. 100))

(deftest an-unknown-option-is-refused-with-the-nearest-one
  (with-temp-folder [folder]
    (doseq [[wrong right] {:cache-size :cache-blocks, :block-size :block-bytes, :offsetbits :offset-bits
                           :codecs :codec, :snyc :sync, :max-bytes :max-record-bytes, :framming :framing, "mode!" :mode
                           :buffer :write-buffer-bytes, :bits :offset-bits, :read-only :mode, :fsync :sync}]
      (let [e (failure (log/open (path-in folder "a.log") {wrong 1}))]
        (is (= {:flumelog/error :bad-option, :did-you-mean right}
               (select-keys (ex-data e) [:flumelog/error :did-you-mean])))
        (is (str/includes? (ex-message e) (str "did you mean " right "?")))))
    (is (= #{} (files-in folder)) "nothing was opened")))

(deftest an-unknown-option-unlike-any-other-gets-no-suggestion
  (with-temp-folder [folder]
    (doseq [wrong [:append :foo :compress :path :fast :append-only :x "" :size-limit]
            :let [e (failure (log/open (path-in folder "a.log") {wrong 1}))]]
      (is (= :bad-option (:flumelog/error (ex-data e))))
      (is (not (contains? (ex-data e) :did-you-mean)) (str wrong " " (:did-you-mean (ex-data e))))
      (is (not (str/includes? (ex-message e) "did you mean")))
      (is (str/includes? (ex-message e) "Known: :codec")))
    (is (= #{} (files-in folder)))))

(deftest a-bound-by-another-name-is-answered-with-ours
  (with-open [l (memory/open)]
    (doseq [[wrong right] {:from :gte, :start :gte, :after :gt, :since :gt, :before :lt, :to :lte, :until :lte, :take :limit, :desc :reverse}]
      (is (= right (:did-you-mean (ex-data (failure (log/entries l {wrong 0}))))) (str wrong)))
    (doseq [[wrong right] {:from :gte, :since :gt}]
      (is (= right (:did-you-mean (ex-data (failure (log/live l {wrong 0}))))) (str wrong)))))

(deftest keys-and-names-may-be-strings
  (with-temp-folder [folder]
    (doseq [options [{"codec" "json"} {":codec" ":json"} {:codec "json"} {"codec" :json} {'codec "json"}]]
      (with-open [l (log/open (path-in folder "a.log") options)]
        (is (= :json (:codec (log/info l))) (pr-str options))))
    (is (= [:bad-option :bad-option] (map #(error (log/open (path-in folder "a.log") %)) [{"codec" "jsonn"} {"codec" :edn :codec :json}])))
    (with-open [l (log/open (path-in folder "b.log") {"mode" "read-write", "sync" {"every-ms" 7}, "offset-bits" 32, "create" true})]
      (log/append-all! l [1 2 3])
      (is (= {:sync {:every-ms 7}, :offset-bits 32} (select-keys (log/info l) [:sync :offset-bits])))
      (is (= [3 2] (into [] (log/values l {"reverse" true "limit" 2}))))
      (is (= [2] (into [] (log/live l {"gt" 0 "limit" 1 "as" "values"})))))
    (is (= {:frames 3} (select-keys (log/convert (path-in folder "b.log") (path-in folder "c.log") {"from" {"offset-bits" 32} "framing" "legacy"}) [:frames])))
    (is (= :edn (:codec (with-open [l (memory/open {"codec" "edn"})] (log/info l)))))))

(deftest java-gives-a-codec-under-a-key-of-any-kind
  (is (= [Codecs/UTF8 Codecs/UTF8 Codecs/UTF8] (map #(.codec (LogOptions/of {% Codecs/UTF8})) ["codec" ":codec" :codec]))))

(deftest an-option-that-means-nothing-is-refused-with-what-to-do
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), target (path-in folder "b.log")]
      (with-open [l (log/open path {:codec :json})] (log/append! l {:n 1}))
      (doseq [[operation call] {"verify" #(log/verify path %), "recover!" #(log/recover! path (assoc % :cut-at 0))
                                "salvage" #(log/salvage path target %), "compact!" #(log/compact! path %)
                                "convert" #(log/convert path target %)}
              option [{:sync :each} {:block-bytes 5} {:cache-blocks 1} {:cache cache} {:write-buffer-bytes 4096}
                      {:room-bytes 4096} {:mode :read} {:create true} {"sync" "each"}]
              :let [e (failure (call option))]]
        (is (= :bad-option (:flumelog/error (ex-data e))) (str operation option))
        (is (str/includes? (str (ex-message e)) (str " means nothing in " operation ": leave it out; the options there are "))))
      (is (str/includes? (ex-message (failure (log/convert path target {:codec :edn})))
                         "there is copy!"))
      (is (str/includes? (ex-message (failure (log/compact! path {:codec :json}))) "in whatever codec"))
      (is (str/includes? (ex-message (failure (log/convert path target {:from {:codec :json}}))) "means nothing in :from"))
      (with-open [old (log/open path {:codec :json :mode :read}), new (log/open target {:codec :edn})]
        (transduce identity (log/appending new) old)
        (is (= [{:n 1}] (into [] new)) "the way that the sentence names")))))

(deftest a-missing-file-is-not-made-unless-that-is-wanted
  (with-temp-folder [folder]
    (spit (path-in folder "mesages.log.lock") "")
    (doseq [options [{:create false} {:mode :read}]
            :let [e (failure (log/open (path-in folder "messages.log") options))]]
      (is (= {:flumelog/error :failed, :cognitect.anomalies/category :cognitect.anomalies/not-found}
             (select-keys (ex-data e) [:flumelog/error :cognitect.anomalies/category :nearest]))
          "a lock file is no log that could be meant")
      (is (= #{"mesages.log.lock"} (files-in folder)) "nothing was made"))
    (.close (log/open (path-in folder "mesages.log") {:create true}))
    (let [there (files-in folder)]
      (doseq [call [#(log/open % {:create false}) #(log/open % {:mode :read}) log/verify log/compact! #(log/recover! % {:cut-at 0})
                    #(log/salvage % (path-in folder "b.log")) #(log/convert % (path-in folder "b.log"))
                    #(OffsetLog/open (.toPath (java.io.File. ^String %)) (.withCreate (LogOptions/defaults) false))]
              :let [e (failure (call (path-in folder "messages.log")))]]
        (is (= {:flumelog/error :failed, :cognitect.anomalies/category :cognitect.anomalies/not-found, :nearest "mesages.log"}
               (select-keys (ex-data e) [:flumelog/error :cognitect.anomalies/category :nearest])))
        (is (str/ends-with? (ex-message e) "; did you mean mesages.log in that folder?")))
      (is (= there (files-in folder))))
    (is (= {:flumelog/error :failed}
           (select-keys (ex-data (failure (log/open (path-in folder "none/a.log") {:create false})))
                        [:flumelog/error :nearest]))
        "in a folder that is not there")
    (with-open [l (log/open (path-in folder "mesages.log") {:create false})] (is (= 0 (log/append! l 1))))))

;; What was asked for, what is in the folder, and what is suggested.
(deftest a-file-is-suggested-only-for-a-slip-in-its-name
  (doseq [[asked there suggested]
          [["nope.log" ["note.md"] nil]                     ; half of the letters are the same
           ["nope.log" ["note.md" "note.log"] "note.log"]   ; one letter in four
           ["messages.log" ["massages.log" "messagse.log"] "massages.log"] ; one slip each, and the first in the alphabet
           ["messages.log" ["massagse.log" "messgaes.log"] "messgaes.log"] ; two that changed places are one slip
           ["messages.log" ["passagee.log"] nil]            ; three
           ["messages.log" ["Messages.LOG"] "Messages.LOG"]
           ["messages" ["messages.log"] "messages.log"]
           ["messages.log" ["messages"] "messages"]
           ["messages" ["massages.log"] nil]
           ["messages.lgo" ["messages.log"] "messages.log"]
           ["messages.log" ["messages.txt"] nil]
           ["a.log" ["b.log"] nil]                          ; another name, however short
           ["2024-01.log" ["2024-02.log" "2023-01.log"] nil]
           ["mail-2024.log" ["mial-2024.log" "mail-2023.log"] "mial-2024.log"]
           [".log" [".lgo"] ".lgo"]]]
    (with-temp-folder [folder]
      (doseq [name there] (spit (path-in folder name) ""))
      (is (= suggested (:nearest (ex-data (failure (log/open (path-in folder asked) {:create false})))))
          (str asked " among " there)))))

(deftest options-must-be-a-map-and-numbers-must-be-numbers
  (with-open [l (memory/open)]
    (doseq [call [#(log/entries l [:gt 1]) #(log/values l "reverse") #(log/offsets l 5) #(log/live l [:old false])
                  #(log/await-since l 0 nil) #(log/await-since l 0 "100") #(log/await-since l 0 0.5) #(log/await-since l nil 0)]]
      (is (= :bad-option (error (call)))))))

(deftest every-value-is-checked
  (with-temp-folder [folder]
    (doseq [[k bad] {:offset-bits [0 31 64 "32" 53.0], :framing [:flum "x" 1], :block-bytes [0 -1 1.5 "1" 67108865]
                     :cache-blocks [-1 0.5], :cache [1 {}], :mode [:write :r nil?], :codec [:ednn 1 {} {:encode inc}]
                     :sync [:always 100 {:every-ms 0} {:every-ms 1.5} {:every 1} {} {:every-ms 1 :x 2}]
                     :max-record-bytes [0 -1 2147483648], :room-bytes [-1 0 4095 67108865 "1M"]
                     :write-buffer-bytes [0 4095 67108865 true], :create [0 "no"]
                     :executor [1 "pool"]}
            value bad]
      (let [e (failure (log/open (path-in folder "a.log") {k value}))]
        (is (= :bad-option (:flumelog/error (ex-data e))) (str k " " value))
        (is (str/includes? (str (ex-message e)) (if (= :sync k) "every-ms" (name k))) (ex-message e))))
    (is (= :bad-option (error (log/open (path-in folder "a.log") {:framing :legacy :offset-bits 32}))))
    (is (= :bad-option (error (log/open (path-in folder "a.log") {:cache (log/block-cache 10) :cache-blocks 1}))))
    (is (= :bad-option (error (log/open (path-in folder "a.log") [:codec :edn]))))
    (is (= #{} (files-in folder)))))

(deftest a-value-of-nil-is-the-default
  (with-temp-folder [folder]
    (with-open [given (log/open (path-in folder "a.log") (zipmap [:codec :offset-bits :framing :block-bytes :cache-blocks :cache :mode
                                                                  :sync :max-record-bytes :write-buffer-bytes :room-bytes
                                                                  :progress :create :executor] (repeat nil)))
                absent (log/open (path-in folder "b.log"))]
      (is (= (dissoc (log/info absent) :path) (dissoc (log/info given) :path))))))

(deftest every-option-is-taken
  (with-temp-folder [folder]
    (with-open [l (log/open (path-in folder "a.log")
                            {:codec :utf8 :offset-bits 32 :framing :flume :block-bytes 1 :cache-blocks 0 :mode :read-write
                             :sync {:every-ms 7} :max-record-bytes 9 :write-buffer-bytes 5000 :room-bytes 4096 :create true})]
      (is (= {:codec :utf8 :offset-bits 32 :framing :flume :block-bytes 1 :cache-bytes 0 :mode :read-write
              :sync {:every-ms 7} :max-record-bytes 9 :write-buffer-bytes 5000 :room-bytes 4096 :max-end 4294967295
              :since -1 :durable -1 :end 0 :closed false
              :appends 0 :appended-bytes 0 :forces 0 :longest-force-nanos 0 :waiting 0 :cache-misses 0
              :path (path-in folder "a.log")}
             (log/info l))))
    (with-open [l (log/open (path-in folder "b.log"))]
      (is (= {:codec :edn :offset-bits 53 :framing :flume :block-bytes 16384 :cache-bytes 16777216 :mode :read-write
              :sync {:every-ms 100} :max-record-bytes 67108864 :max-end 9007199254740991}
             (dissoc (log/info l) :path :since :durable :end :closed
                     :appends :appended-bytes :forces :longest-force-nanos :waiting :cache-misses))))))

(deftest a-path-may-be-a-string-a-file-or-a-path
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (doseq [p [path (java.io.File. path) (.toPath (java.io.File. path))]]
        (with-open [l (log/open p)] (log/append! l :a)))
      (with-open [l (log/open path)] (is (= [:a :a :a] (into [] l))))
      (is (= (repeat 5 :bad-option) (map #(error (log/open %)) [nil "" 7 "/" "a\u0000b"]))))))

(deftest options-are-a-map
  (with-temp-folder [folder]
    (with-open [l (log/open (path-in folder "a.log"))]
      (log/append! l 1)
      (doseq [call [#(log/entries l 5) #(log/values l [:gt 5]) #(log/offsets l "gt") #(log/live l #{:old})
                    #(log/verify (path-in folder "a.log") 5) #(log/recover! (path-in folder "a.log") [])]]
        (let [e (failure (call))]
          (is (= :bad-option (:flumelog/error (ex-data e))))
          (is (str/includes? (str (ex-message e)) "options must be a map")))))))

(deftest ranges-are-checked
  (with-temp-folder [folder]
    (with-open [l (log/open (path-in folder "a.log"))]
      (doseq [options [{:gt "0"} {:lt 1.5} {:limit -1} {:reverse 1} {:reversed true} {:from 0} {:on-decode-error :ignore}
                       {:on-decode-error 1}]
              f [log/entries log/values log/offsets]]
        (is (= :bad-option (error (f l options))) (pr-str options)))
      (is (= :reverse (:did-you-mean (ex-data (failure (log/entries l {:reversed true})))))))))

(deftest an-argument-that-is-not-a-log-or-an-offset-is-named
  (with-temp-folder [folder]
    (with-open [l (log/open (path-in folder "a.log"))]
      (doseq [f [#(log/append! nil 1) #(log/append! "a.log" 1) #(log/entries {}) #(log/since nil) #(log/sync! 1)
                 #(log/fetch l "0") #(log/fetch l nil) #(log/delete! l "0") #(log/delete! l [0 nil]) #(log/delete! l :a) #(log/delete! l 0.0) #(log/appending nil)
                 #(log/seek! (log/cursor l) :start) #(log/block-cache -1) #(log/block-cache "1M") #(log/info [])]]
        (let [e (failure (f))]
          (is (= :bad-option (:flumelog/error (ex-data e))))
          (is (re-find #"must be" (str (ex-message e)))))))))

(deftest java-programs-give-the-same-options-as-strings
  (let [options (LogOptions/of {"sync" "each", ":mode" "read", "block-bytes" (int 5), "framing" "legacy"})]
    (is (= ":each" (str (.sync options))))
    (is (false? (.writable options)))
    (is (= 5 (.blockBytes options)))
    (is (= Format/LEGACY (.framing options)))))

(deftest java-programs-give-numbers-of-any-whole-type
  (is (= [5 5 5 5] (map #(.blockBytes (LogOptions/of {"block-bytes" %})) [(byte 5) (short 5) (int 5) 5])))
  (is (= :bad-option (error (LogOptions/of {"block-bytes" 5.0}))))
  (is (= :bad-option (error (LogOptions/of {"block-bytes" 5N}))))
  (is (= :bad-option (error (LogOptions/of {"codec" "edn"})))))

(deftest a-sync-policy-is-an-option-and-says-what-it-is
  (is (= [SyncPolicy/EACH SyncPolicy/NONE (SyncPolicy/everyMillis 7)]
         (map #(.sync (LogOptions/of {"sync" %})) [SyncPolicy/EACH "none" (SyncPolicy/everyMillis 7)])))
  (is (= [":each" ":none" "{:every-ms 7}"] (map str [SyncPolicy/EACH SyncPolicy/NONE (SyncPolicy/everyMillis 7)])))
  (is (= [false false true] (map #(.isPeriodic ^SyncPolicy %) [SyncPolicy/EACH SyncPolicy/NONE (SyncPolicy/everyMillis 7)])))
  (is (= [1 86400000] (map #(.everyMillis (SyncPolicy/everyMillis %)) [1 86400000])))
  (is (= [:bad-option :bad-option :bad-option] (map #(error (SyncPolicy/everyMillis %)) [0 -1 86400001]))))

;; Java's way to say the same

(def ^:private ^Executor executor (reify Executor (execute [_ _])))
(def ^:private progress (reify Progress (at [_ _ _])))

(def ^:private head
  {"id" (apply str (repeat 32 "a")) "size" 1 "end" 115 "root" (apply str (repeat 64 "b")) "time" (java.util.Date. 0)})

(def ^:private by-method
  "Each option as a map of the value, to what its method does."
  {{:codec Codecs/UTF8}     #(.withCodec ^LogOptions % Codecs/UTF8)
   {:offset-bits 32}        #(.withOffsetWidth ^LogOptions % OffsetWidth/BITS_32)
   {:framing :legacy}       #(.withFraming ^LogOptions % Format/LEGACY)
   {:block-bytes 7}         #(.withBlockBytes ^LogOptions % 7)
   {:cache-blocks 0}        #(.withCacheBlocks ^LogOptions % 0)
   {:cache cache}           #(.withCache ^LogOptions % cache)
   {:mode :read}            #(.readOnly ^LogOptions %)
   {:sync :each}            #(.withSync ^LogOptions % SyncPolicy/EACH)
   {:sync {:every-ms 7}}    #(.withSync ^LogOptions % (SyncPolicy/everyMillis 7))
   {:max-record-bytes 9}    #(.withMaxRecordBytes ^LogOptions % 9)
   {:write-buffer-bytes 4096} #(.withWriteBufferBytes ^LogOptions % 4096)
   {:room-bytes 4096}       #(.withRoomBytes ^LogOptions % 4096)
   {:progress progress}     #(.withProgress ^LogOptions % progress)
   {:protect :checked}      #(.withProtection ^LogOptions % Protection/CHECKED)
   {:seal {:every-records 7 :every-ms 70}} #(.withSeal ^LogOptions % (SealPolicy/of 7 70))
   {:head head}             #(.withHead ^LogOptions % (LogHead/of head))
   {:create false}          #(.withCreate ^LogOptions % false)
   {:executor executor}     #(.withExecutor ^LogOptions % executor)})

(deftest a-method-gives-the-same-options-as-a-map
  (is (= (LogOptions/of {}) (LogOptions/of nil) (LogOptions/defaults)))
  (doseq [[options method] by-method]
    (is (= (LogOptions/of options) (method (LogOptions/defaults))))
    (is (not= (LogOptions/defaults) (method (LogOptions/defaults)))))
  (is (= (set (map #(first (keys %)) (keys by-method)))
         (set (map #(keyword (subs % 1)) (re-seq #":[\w-]+" (second (str/split (ex-message (failure (LogOptions/of {:unknown 1}))) #"Known: ")))))))
  (let [all (dissoc by-method {:framing :legacy} {:cache-blocks 0})]
    (is (= (LogOptions/of (into {} (keys all))) (reduce (fn [o f] (f o)) (LogOptions/defaults) (vals all))) "none undoes another")))

(deftest a-method-refuses-what-a-map-does
  (let [options (LogOptions/defaults)]
    (doseq [[bad method] {{:block-bytes 0}         #(.withBlockBytes options 0)
                          {:block-bytes 67108865}  #(.withBlockBytes options 67108865)
                          {:cache-blocks -1}       #(.withCacheBlocks options -1)
                          {:max-record-bytes 0}    #(.withMaxRecordBytes options 0)
                          {:max-record-bytes 2147483647} #(.withMaxRecordBytes options 2147483647)
                          {:room-bytes 4095}       #(.withRoomBytes options 4095)
                          {:room-bytes 67108865}   #(.withRoomBytes options 67108865)
                          {:write-buffer-bytes 4095} #(.withWriteBufferBytes options 4095)
                          {:sync {:every-ms 0}}    #(SyncPolicy/everyMillis 0)
                          {:sync {:every-ms 86400001}} #(SyncPolicy/everyMillis 86400001)
                          {:framing :legacy :offset-bits 32} #(-> options (.withFraming Format/LEGACY) (.withOffsetWidth OffsetWidth/BITS_32))}
            :let [by-map (failure (LogOptions/of bad)), by-method (failure (method))]]
      (is (= :bad-option (:flumelog/error (ex-data by-method))) (pr-str bad))
      (is (= (:option (ex-data by-map)) (:option (ex-data by-method))) (pr-str bad)))
    (doseq [method [#(.withSync options nil) #(.withCodec options nil) #(.withProgress options nil) #(SyncPolicy/everyMillis -2)]]
      (is (= :bad-option (error (method)))))))

(deftest options-are-values-and-logs-don-t-share-what-they-hold
  (with-temp-folder [folder]
    (with-open [a (OffsetLog/open (.toPath (java.io.File. (path-in folder "a.log"))))
                b (OffsetLog/open (.toPath (java.io.File. (path-in folder "b.log"))))]
      (is (= 16777216 (get (.info a) "cache-bytes")))
      (is (= 16777216 (get (.info b) "cache-bytes")))
      (is (nil? (.cache (LogOptions/defaults)))))))

(deftest ranges-are-given-by-method-or-by-map
  (doseq [[options range] {{} (Range/all)
                           {:gt 3} (.after (Range/all) 3)
                           {:gt Long/MAX_VALUE} (.after (Range/all) Long/MAX_VALUE)
                           {:gte -3} (.from (Range/all) -3)
                           {:gt 3 :gte 9 :lt 20 :lte 10} (-> (Range/all) (.after 3) (.from 9) (.before 20) (.to 10))
                           {:lte Long/MAX_VALUE} (.to (Range/all) Long/MAX_VALUE)
                           {:reverse true :limit 0} (-> (Range/all) .reversed (.atMost 0))
                           {:limit 4} (-> (Range/all) .reversed .reversed (.atMost 9) (.atMost 4))}]
    (is (= (Range/of options) range) (pr-str options)))
  (is (= {:option :limit, :value -1} (select-keys (ex-data (failure (Range/of {:limit -1}))) [:option :value])
         (select-keys (ex-data (failure (.atMost (Range/all) -1))) [:option :value]))))

(defn- said [f] (str/replace (str (ex-message (failure (f)))) #" Known: .*" ""))

(deftest an-option-is-called-as-the-caller-wrote-it
  (let [options (LogOptions/defaults)]
    (doseq [[sentence f]
            {"option :block-bytes must be a whole number from 1 to 67108864, was 0"   #(LogOptions/of {:block-bytes 0})
             "option block-bytes must be a whole number from 1 to 67108864, was \"0\"" #(LogOptions/of {"block-bytes" "0"})
             "the argument of withBlockBytes must be a whole number from 1 to 67108864, was 0" #(.withBlockBytes options 0)
             "option :sync must be :each, :none or {:every-ms n}, was :ech"           #(LogOptions/of {:sync :ech})
             "option sync must be each, none or {every-ms n}, was \"ech\""            #(LogOptions/of {"sync" "ech"})
             "the argument of withSync must be a SyncPolicy, was null"                #(.withSync options nil)
             "the argument of everyMillis must be a whole number from 1 to 86400000, was 0" #(SyncPolicy/everyMillis 0)
             "option framing must be flume or legacy, was \"flum\""                   #(LogOptions/of {"framing" "flum"})
             "option offset-bits must be absent where framing is legacy, which stores no offsets, was 32"
             #(-> options (.withFraming Format/LEGACY) (.withOffsetWidth OffsetWidth/BITS_32))
             "option :offset-bits must be absent where :framing is :legacy, which stores no offsets, was 32"
             #(LogOptions/of {:framing :legacy :offset-bits 32})
             "option :every-ms must be a whole number from 1 to 86400000, was \"5\"" #(LogOptions/of {:sync {:every-ms "5"}})
             "unknown option :snyc; did you mean :sync?"                              #(LogOptions/of {:snyc :each})
             "unknown option snyc; did you mean sync?"                                #(LogOptions/of {"snyc" "each"})
             "the argument of atMost must be a whole number from 0 to 9223372036854775807, was -1" #(.atMost (Range/all) -1)}]
      (is (= sentence (said f))))))

(deftest texts-of-a-properties-file-are-read
  (let [texts {"block-bytes" "4096", "sync" "EACH", "framing" "Flume", "offset-bits" "48", "create" "FALSE", "mode" "read-write"
               "max-record-bytes" " 100 "}]
    (is (= (LogOptions/of {:block-bytes 4096 :sync :each :framing :flume :offset-bits 48 :create false :max-record-bytes 100})
           (LogOptions/of texts)
           (LogOptions/of (doto (java.util.Properties.) (.putAll texts))))))
  (is (= (LogOptions/of {:sync :none}) (LogOptions/of {"sync" "None"})))
  (is (= (LogOptions/of {:sync {:every-ms 5}}) (LogOptions/of {"sync" {"every-ms" "5"}})))
  (is (= (Range/of {:gt 3 :reverse true :limit 2}) (Range/of {"gt" "3", "reverse" "True", "limit" "2"})))
  (doseq [[k text] {"block-bytes" "4k", "create" "yes", "offset-bits" "31", "sync" "100", "max-record-bytes" ""}]
    (is (= :bad-option (error (LogOptions/of {k text}))) k))
  (testing "but not with the keys of Clojure, where numbers are written as numbers"
    (doseq [[k text] {:block-bytes "4096", :create "true"}]
      (is (= :bad-option (error (LogOptions/of {k text})))))))

;; Options can grow: nobody outside can name all of them at once.

(deftest no-program-can-name-all-options-at-once
  (doseq [^Class type [LogOptions LiveOptions Range SyncPolicy]]
    (is (empty? (.getConstructors type)) (str type))
    (is (not (.isRecord type)) (str type))))

(deftest options-that-say-the-same-are-equal-and-hash-alike
  (doseq [make [#(.withBlockBytes (LogOptions/defaults) 7) #(.withCreate (LogOptions/defaults) true)
                #(.atMost (.after (LiveOptions/all) 3) 2) #(.before (.from (Range/all) 3) 9)
                #(SyncPolicy/everyMillis 7)]
          :let [a (make), b (make)]]
    (is (= a b))
    (is (= (hash a) (hash b)))
    (is (= (str a) (str b))))
  (is (= (LogOptions/defaults) (.withBlockBytes (.withBlockBytes (LogOptions/defaults) 7) 16384)))
  (doseq [[a b] [[(LogOptions/defaults) (.withBlockBytes (LogOptions/defaults) 7)]
                 [(LiveOptions/all) (.onlyDurable (LiveOptions/all))]
                 [(Range/all) (.reversed (Range/all))]
                 [SyncPolicy/EACH SyncPolicy/NONE] [SyncPolicy/EACH (SyncPolicy/everyMillis 1)]
                 [(SyncPolicy/everyMillis 2) (SyncPolicy/everyMillis 1)]]]
    (is (not= a b))
    (is (not= (str a) (str b)))))

(deftest options-print-what-they-say
  (is (str/includes? (str (.withBlockBytes (LogOptions/defaults) 7)) ":block-bytes=7, "))
  (is (= "Range[low=3, high=9, reverse=true, limit=2]" (str (-> (Range/all) (.after 2) (.before 9) .reversed (.atMost 2)))))
  (is (= "LiveOptions[from=3, before=9, durable=true, limit=2]" (str (-> (LiveOptions/all) (.after 2) (.before 9) .onlyDurable (.atMost 2))))))

(deftest only-a-periodic-policy-has-a-period
  (doseq [^SyncPolicy policy [SyncPolicy/EACH SyncPolicy/NONE]]
    (is (thrown? IllegalStateException (.everyMillis policy)) (str policy))))

(deftest live-takes-its-options-by-method-or-by-map
  (with-open [^LogCollection l (memory/open)]
    (doseq [[options live] {{} (LiveOptions/all)
                            {:gt 3} (.after (LiveOptions/all) 3)
                            {:gte -3} (.from (LiveOptions/all) -3)
                            {:lt 3} (.before (LiveOptions/all) 3)
                            {:lte 3} (.upTo (LiveOptions/all) 3)
                            {:lte 3 :lt 7 :gt nil} (.before (LiveOptions/all) 4)
                            {:lte Long/MAX_VALUE} (LiveOptions/all)
                            {:gt 3 :gte 9 :limit 2 :durable true} (-> (LiveOptions/all) (.after 3) (.from 9) (.atMost 2) .onlyDurable)}]
      (is (= (LiveOptions/of (.log l) options) live) (pr-str options)))
    (is (= :bad-option (error (log/live l {:as "keys"}))))
    (is (= :bad-option (error (log/live l {:as 1}))))
    (is (= :bad-option (error (.atMost (LiveOptions/all) -1))))))
