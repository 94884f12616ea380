(ns flumelog.codec-equal-test
  "A codec gives back what it took, or refuses it; one that is interrupted, or has no memory, says that and not something of
   the record."
  (:require [clojure.java.shell :as shell]
            [clojure.string :as str]
            [clojure.test :refer [deftest is]]
            [flumelog.codec.edn :as edn]
            [flumelog.codec.json :as json-codec]
            [flumelog.codec.nippy :as nippy]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error failure path-in with-temp-folder]]
            [flumelog.memory :as memory]
            [flumelog.options :as options]
            [flumelog.process :as process]
            [flumelog.test-support :refer [size]]
            [taoensso.nippy])
  (:import (flumelog.codec Codec)))

(set! *warn-on-reflection* true)

(defrecord Event [n])
(deftype Opaque [n])

(defn- codec ^Codec [k] (options/->codec k))

(defn- through [k value]
  (.decode (codec k) (.encode (codec k) value)))

(defn- fails? [k ^bytes data]
  (try (.decode (codec k) data) false (catch Exception _ true) (catch StackOverflowError _ true)))

;; What would not come back equal

(defn- refused-by [options value]
  (with-open [l (memory/open options)]
    (let [failure (try (log/append! l value) nil (catch Exception e e))]
      (is (= -1 @(log/since l)))
      (when (= :encode (:flumelog/error (ex-data failure))) (ex-message failure)))))

(defn- hash-map-of [& keys-and-values]
  (let [m (java.util.HashMap.)]
    (doseq [[k v] (partition 2 keys-and-values)] (.put m k v))
    m))

(deftest edn-refuses-what-would-be-read-as-something-else
  (doseq [value [{(float 0.1) 1, 0.1 2} (hash-map-of (int 1) 1, 1 2) (hash-map-of (int 1) :a) (java.util.Date. -99999999999999)
                 (java.sql.Timestamp. 5) [String] (eduction (map identity) [(keyword "a b")]) (java.util.ArrayDeque. [1])
                 (clojure.lang.Ratio. (biginteger 2) (biginteger 4)) (symbol "NPY\u0000") #{(java.util.concurrent.Semaphore. 1)}]]
    (is (refused-by {:codec :edn} value) (class value)))
  (doseq [value [inc (atom 1) [(Object.)] (tagged-literal 'inst "2020-01-01")]]
    (is (refused-by {:codec (edn/codec-with {:default tagged-literal})} value) (class value)))
  (is (= (java.util.Date. 0) (through :edn (java.util.Date. 0)))))

(defmethod print-method ::odd [_ ^java.io.Writer w] (.write w "odd"))
(defmethod print-method Opaque [_ ^java.io.Writer w] (.write w "opaque"))

(deftest how-a-type-prints-does-not-change-what-is-written
  (is (= {:a [1]} (through :edn (with-meta {:a (with-meta [1] {:type ::odd})} {:type ::odd}))))
  (is (refused-by {:codec :edn} (Opaque. 1)) "it prints as a symbol")
  (let [usual (get-method print-method Long)]
    (try
      (defmethod print-method Long [_ ^java.io.Writer w] (.write w "2"))
      (is (= [1 {:n 1}] (through :edn [1 {:n 1}])))
      (finally (defmethod print-method Long [n w] (usual n w))))))

(deftest edn-reads-neither-json-nor-nippy-by-luck
  (doseq [text ["{\"n\":1}" " {\"n\":true}" "[{\"n\":1}]" "[1,[{\"a\":{}}]]"]]
    (is (fails? :edn (.getBytes ^String text)) text))
  (is (fails? :edn (.encode (codec :nippy) {:n 1})))
  (doseq [value [{"n" :1} {"n" 1} [{"n" :a}] {"a:b" 1} ["a" "b"] 'null [nil 'null]]]
    (is (= value (through :edn value)))))

(deftest json-refuses-what-would-be-read-as-something-else
  (doseq [value [{:a 1 "a" 2} {"a" 1} :post {:type :post} {:type :a/b} 'a \a 1/2 2.5M #{1} {1 2} {nil 1} (->Event 1) (java.util.Date.) ##NaN ##Inf
                 (byte-array 1) (java.util.UUID/randomUUID) {(keyword "a/b" "c") 1} (bigint (apply str (repeat 20000 "1")))]]
    (is (refused-by {:codec :json} value) (class value)))
  (is (refused-by {:codec (json-codec/codec-with {:key-fn identity})} {:a 1}))
  (is (= [{:a 1} [1 2] [nil] 5 0.1]
         (mapv (partial through :json) [(hash-map-of :a 1) (java.util.ArrayList. [1 2]) '(nil) 5N 0.1])))
  (is (= [{:a 1} [1 2] [nil] 5 0.1] (mapv (partial through :json) [{:a 1} '(1 2) [nil] (biginteger 5) (float 0.1)])))
  (is (str/includes? (refused-by {:codec :json} {:type :post}) ":post")))

(deftest json-from-javascript-is-written-back-with-the-same-text
  (doseq [text ["{\"z\":1,\"y\":2,\"x\":3,\"w\":4,\"v\":5,\"u\":6,\"t\":7,\"s\":8,\"r\":9,\"q\":10,\"p\":11}"
                "[1e+21,1e-7,0.1,5e-324,1e-323,1.7976931348623157e+308,100000000000000000000,123456789012345680000,0,-1,0.000001,1.5e-7]"
                "[2e-44,4.35,0.3,1e+23,2e-323,9007199254740993,-0.5,1.2e+34]"
                "\"\\ud800 \\udfff x \\ud83d\\ud83d\"" "\"\\u0000\\u001f\\b\\f\\n\\r\\t\\\"\\\\/é😀\u2028\u007f\"" "{\"\":{\"%id=.sha256\":[]},\"a b\":{}}"
                "{\"previous\":\"%a\",\"author\":\"@b\",\"sequence\":1,\"timestamp\":1.5,\"hash\":\"sha256\",\"content\":{\"type\":\"post\"},\"signature\":\"c\"}"]
          :let [bytes (.getBytes ^String text "UTF-8")]]
    (is (= text (String. (.encode (codec :json) (.decode (codec :json) bytes)) "UTF-8")))))

(deftest json-keeps-the-order-of-keys-however-many-there-are
  (let [text (str "{" (str/join "," (map #(str "\"k" % "\":" %) (shuffle (range 3000)))) "}")
        read (.decode (codec :json) (.getBytes text))]
    (is (= text (String. (.encode (codec :json) read))))
    (is (= read (into {} (map (fn [n] [(keyword (str "k" n)) n])) (range 3000))))
    (is (= (hash read) (hash (into {} read))))
    (is (= 3001 (count (assoc read :new 1))))
    (is (= :new (last (keys (assoc read :new 1)))))
    (is (= (keys (dissoc read :k7)) (remove #{:k7} (keys read))))
    (is (= (reduce-kv (fn [n _ v] (+ n v)) 0 read) (reduce + (vals read)) (reduce + (range 3000))))
    (is (= :none (get read :k3000 :none)))))

(deftest json-that-is-a-bomb-is-an-error
  (doseq [text ["1e400" "-1E+400" "{\"a\":[1e999]}" (apply str (repeat 100000 "[")) (apply str (repeat 100000 "{\"a\":"))
                (apply str (repeat 1000000 "1")) "1\u00002" "\u00001" "\"a\nb\"" "[1,2,]" "{\"a\":1,}" "NaN" "+1" "01" "'a'" "1 //"]]
    (is (fails? :json (.getBytes ^String text)) (subs text 0 (min 20 (count text)))))
  (is (fails? :json (byte-array [34 -19 -96 -128 34])) "half a surrogate pair as bytes")
  (doseq [charset ["UTF-16LE" "UTF-16BE" "UTF-32BE"]]
    (is (fails? :json (.getBytes "[1]" ^String charset)))))

(deftest nippy-has-no-memory-of-the-values-before
  (with-open [l (memory/open {:codec :nippy})]
    (log/append! l (doto (java.util.Stack.) (.add 1)))
    (let [offset (log/append! l (doto (java.util.Stack.) (.add (byte-array [7]))))]
      (is (= [7] (vec (first (get l offset))))))
    (is (= :encode (error (log/append! l (doto (java.util.Vector.) (.add (atom 1)))))))
    (log/append! l (doto (java.util.Vector.) (.add 1)))
    (is (= [1] (last (vec l))))))

(deftest nippy-refuses-what-it-would-change
  (doseq [value ["lone \ud800" (java.util.regex.Pattern/compile "a" 2) [(java.util.regex.Pattern/compile "a" 8)] (java.sql.Timestamp. 5) (sorted-map-by > 1 2 3 4)
                 (java.time.LocalDate/now) (java.time.ZonedDateTime/now) java.time.Month/MAY (->Event 1) inc (int-array 2)
                 (keyword "a/b" "c") (hash-map-of (int 1) 1, 1 2) {[(java.sql.Timestamp. 5)] 1}]]
    (is (refused-by {:codec :nippy} value) (class value)))
  (is (str/includes? (refused-by {:codec :nippy} (java.time.LocalDate/now)) "java.time.LocalDate"))
  (is (str/includes? (refused-by {:codec :nippy} [(->Event 1)]) ":classes"))
  (doseq [value [(java.time.Instant/now) (java.time.Duration/ofDays 3) (java.time.Period/ofDays 3) "😀" (sorted-map 1 2) (java.util.Date. -99999999999999)
                 (with-meta [1] {:a 1}) (hash-map-of :a 1) #{1.0 1} {(float 0.1) 1, 0.1 2} (java.net.URI. "a:b") (char 0xd800)]]
    (is (= value (through :nippy value)))))

(deftest nippy-hands-out-no-placeholder
  (let [frozen (.encode ^Codec (nippy/codec-with {:classes #{Event}}) [1 {:event (->Event 1)}])
        gone (byte-array (map (fn [b] (if (= b (int \E)) (int \F) b)) frozen))]   ; flumelog.codec_equal_test.Fvent
    (is (fails? :nippy frozen))
    (is (str/includes? (ex-message (failure (.decode ^Codec (nippy/codec-with {:classes #{"flumelog.codec_equal_test.Fvent"}}) gone)))
                       "not loaded")))
  (is (fails? :nippy (byte-array (concat (.getBytes "NPY") [0 47 12] (.getBytes "#object[a b]")))) "text that can't be read")
  (let [data-like-one {:nippy/unthawable {:type :record :n 48}}]
    (is (= data-like-one (through :nippy data-like-one)))
    (is (= :encode (with-open [l (memory/open {:codec (nippy/codec-with {:classes #{Event}})})]
                     (error (log/append! l [data-like-one (->Event 1)]))))
        "beside a record it can't be told from one"))
  (is (= [1 2] (.decode (codec :nippy) (byte-array (concat (.getBytes "NPY") [0 47 5] (.getBytes "[1 2]")))))
      "what an earlier version wrote of a java.util.List"))

(deftest nippy-asks-for-no-memory-that-its-data-can-not-need
  (doseq [data [[0 2 127 -1 -1 -1] [0 13 127 -1 -1 -1] [0 115 127 -1 -1 -1] [0 21 127 -1 -1 -1] [0 44 127 -1 -1 -1] [8 127 -1 -1 -1 0]
                [0 62 0 0 0 1 5 0 0 0 1 9] [0 100 5 9]]]
    (is (fails? :nippy (byte-array (concat (.getBytes "NPY") data))) data))
  (let [numbers [1000000 (int 99999999) 1E+20M 1/99999999999999999999]]
    (is (= numbers (through :nippy numbers)))))

(deftest nippy-reads-what-nippy-compressed-and-is-read-by-it
  (let [text (str/join (repeat 20000 "compress me "))]
    (is (= text (.decode (codec :nippy) (taoensso.nippy/freeze text))))
    (is (= text (.decode (codec :nippy) (taoensso.nippy/freeze text {:compressor taoensso.nippy/lzma2-compressor}))))
    (is (= text (taoensso.nippy/thaw (.encode (codec :nippy) text))))
    (is (= {:n [1 "a"]} (taoensso.nippy/thaw (.encode (codec :nippy) {:n [1 "a"]}))))
    (is (= (seq (taoensso.nippy/freeze {:n [1 "a"]})) (seq (.encode (codec :nippy) {:n [1 "a"]}))))))

(deftest a-record-that-is-defined-again-comes-back-as-the-new-one
  (let [define #(binding [*ns* (the-ns 'flumelog.codec-equal-test)] (eval '(do (defrecord Again [n]) (->Again 1))))
        codec ^Codec (nippy/codec-with {:classes #{"flumelog.codec_equal_test.Again"}})
        old (define), frozen (.encode codec old)]
    (is (identical? (class old) (class (.decode codec frozen))))
    (let [new (define)]
      (is (not (identical? (class old) (class new))))
      (is (identical? (class new) (class (.decode codec frozen))))
      (is (= new (.decode codec (.encode codec new)))))))

(deftest a-codec-that-takes-options-refuses-others
  (doseq [f [#(edn/codec-with {:reader {}}) #(json-codec/codec-with {:key-fun str}) #(nippy/codec-with {:class #{}})]]
    (is (= :bad-option (error (f)))))
  (is (= [:key-fn :classes]
         (for [f [#(json-codec/codec-with {:key-fun str}) #(nippy/codec-with {:class #{}})]]
           (:did-you-mean (ex-data (failure (f))))))))

;; Values and records that are too large

(deftest a-value-without-end-is-too-large
  (doseq [codec [:edn :json :nippy], value [(range) (iterate inc 1) (map inc (range)) (repeat "text") {:a [(cycle [1])]} (eduction (map inc) (range))]
          :when (not (and (= :nippy codec) (instance? clojure.core.Eduction value)))]
    (with-open [l (memory/open {:codec codec :max-record-bytes 10000})]
      (is (= :too-large (error (log/append! l value))) codec)
      (is (= -1 @(log/since l)) codec))))

(deftest the-limit-counts-compressed-data
  (with-open [l (memory/open {:codec :nippy :max-record-bytes 5000})]
    (let [text (str/join (repeat 20000 "compress me "))]
      (log/append! l text)
      (is (= [text] (vec l))))))

(deftest the-reader-decides-which-records-are-too-large
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [l (log/open path {:codec :utf8})] (log/append-all! l ["a" (str/join (repeat 100 "b")) "c"]))
      (doseq [codec [:utf8 :edn {:encode identity :decode #(symbol (String. ^bytes %))}]]
        (with-open [l (log/open path {:codec codec :max-record-bytes 50})]
          (is (= ["a" "c"] (map str (log/values l {:on-decode-error :skip}))))
          (is (= ["a" ":too-large" "c"] (map str (into [] (log/values l {:on-decode-error (comp :flumelog/error ex-data)})))))
          (is (= ["a" ":too-large" "c"] (map str (into [] (log/live l {:as :values :limit 3 :on-decode-error (comp :flumelog/error ex-data)})))))
          (is (= :too-large (error (into [] l)))))))))

;; What is wrong with the thread or the machine, and not with the record

(defn- codec-that-throws [throw-for]
  {:encode #(.getBytes ^String %)
   :decode #(let [text (String. ^bytes %)] (if (= "bad" text) (throw-for) text))})

(deftest an-interrupt-in-a-codec-is-passed-on
  (doseq [throwing [#(Thread/sleep 10000) #(throw (RuntimeException. "wrapped" (InterruptedException.)))
                    #(throw (java.nio.channels.ClosedByInterruptException.))]
          read [#(into [] (log/values % {:on-decode-error :skip})) #(into [] (log/values % {:on-decode-error (constantly :none)}))
                #(log/fetch % 20) #(vec (seq (log/entries % {:on-decode-error :skip})))]]
    (with-open [l (memory/open {:codec (codec-that-throws throwing)})]
      (log/append-all! l ["good" "bad" "good"])
      (let [result (promise)]
        (.start (Thread. #(do (.interrupt (Thread/currentThread))
                              (deliver result [(error (read l)) (Thread/interrupted)]))))
        (is (= [:unavailable true] (deref result 20000 :hangs)))))))

(deftest an-interrupt-in-a-codec-ends-live
  (with-open [l (memory/open {:codec (codec-that-throws #(Thread/sleep 10000))})]
    (log/append-all! l ["good" "bad" "good"])
    (let [result (promise)
          thread (Thread. #(deliver result [(reduce conj [] (log/live l {:as :values :on-decode-error :skip})) (Thread/interrupted)]))]
      (.start thread)
      (.interrupt thread)
      (is (contains? #{[["good"] true] [[] true]} (deref result 20000 :hangs))))))

(deftest an-interrupt-while-a-value-is-encoded-is-passed-on
  (with-open [l (memory/open {:codec {:encode (fn [_] (Thread/sleep 10000)) :decode identity}})]
    (let [result (promise)]
      (.start (Thread. #(do (.interrupt (Thread/currentThread))
                            (deliver result [(error (log/append! l 1)) (Thread/interrupted)]))))
      (is (= [:unavailable true] (deref result 20000 :hangs))))))

(deftest memory-that-runs-out-passes-over-no-record
  (with-open [l (memory/open {:codec (codec-that-throws #(throw (OutOfMemoryError. "none left")))})]
    (log/append-all! l ["good" "bad" "good"])
    (is (thrown? OutOfMemoryError (into [] (log/values l {:on-decode-error :skip}))))
    (is (thrown? OutOfMemoryError (into [] l)))))

(deftest data-nested-too-deeply-says-so
  (doseq [codec [:edn :json :nippy]]
    (is (str/includes? (refused-by {:codec codec} (nth (iterate vector 1) 100000)) "nested too deeply")))
  (with-open [l (memory/open {:codec :utf8})]
    (log/append! l (str/join (repeat 200000 "[")))
    (let [reader (flumelog.coll.LogCollection. (.log l) (codec :edn))]
      (is (str/includes? (ex-message (failure (log/fetch reader 0))) "nested too deeply")))))

(deftest loading-a-codec-leaves-the-thread-interrupted
  (doseq [k [:edn :json :nippy]]
    (.interrupt (Thread/currentThread))
    (is (instance? Codec (with-redefs [requiring-resolve (fn [name] (Thread/sleep 0) (resolve name))] (codec k))))
    (is (Thread/interrupted))))

(deftest loading-codecs-in-an-interrupted-process-warns-of-nothing
  (doseq [home (take-last (size 1 2) (process/java-homes))
          :let [form '(do (require '[flumelog.memory :as memory] '[flumelog.core :as log])
                          (prn (vec (for [codec [:edn :json :nippy]]
                                      (do (.interrupt (Thread/currentThread))
                                          (with-open [l (memory/open {:codec codec})]
                                            (let [kept (Thread/interrupted), text (apply str (repeat 9999 "long "))]
                                              (log/append! l text)
                                              (and kept (= [text] (vec l)))))))))
                      (shutdown-agents))]]
    (is (= {:exit 0, :out "[true true true]\n", :err ""}
           (apply shell/sh (process/command home ["-e" (pr-str form)])))
        home)))

(deftest nippy-data-of-other-compressors-is-read-in-bounded-memory
  (let [codec (flumelog.options/->codec :nippy), value (vec (range 5000))
        freeze (requiring-resolve 'taoensso.nippy/freeze)]
    (doseq [compressor ['taoensso.nippy/snappy-compressor 'taoensso.nippy/lzma2-compressor]
            :let [^bytes data (freeze value {:compressor @(requiring-resolve compressor)})
                  claims (doto (aclone data) (java.util.Arrays/fill 4 8 (byte 0x7f)))]]
      (is (= value (.decode codec data)))
      (when (= 11 (aget data 3))
        (is (thrown-with-msg? IllegalArgumentException #"2139062143 bytes, more than a quarter" (.decode codec claims)))))
    (let [^bytes data (freeze value {:compressor @(requiring-resolve 'taoensso.nippy/snappy-compressor)})]
      (java.util.Arrays/fill data 4 8 (byte -1))
      (aset data 8 (byte 7))
      (is (thrown-with-msg? IllegalArgumentException #"more than a quarter" (.decode codec data))))))
