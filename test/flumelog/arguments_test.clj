(ns flumelog.arguments-test
  "Whatever a public function is given, it answers, or says in one sentence what is wrong, with data: no exception of
   Clojure or Java itself comes through."
  (:require [clojure.core.async :as async]
            [clojure.string :as str]
            [clojure.test :refer [deftest is]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.async]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error failure files-in path-in with-temp-folder]]
            [flumelog.memory :as memory]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.coll LogCollection)
           (flumelog.error LogException)
           (java.util ArrayList HashMap)))

(set! *warn-on-reflection* true)

(defn- junk
  "Values of all kinds, of which each is wrong somewhere."
  [folder]
  [nil true 0 -1 5 1.5 17N 1/2 Long/MIN_VALUE Long/MAX_VALUE Double/NaN \c :k 'sym "" "a\u0000b" (path-in folder "none.log")
   [] [1] ["a" "b"] '(1 2) {} {:k 1} {"gt" 1} {:gt "x"} {:moved 5} {:cut-at :x} {:from 5} {:sync {}} {:codec {:encode 1}}
   #{} #{1} (Object.) inc (byte-array 1) (long-array 2) (ArrayList. [1]) (HashMap. {1 2}) (map inc [1 2]) (map str [:a])
   (log/block-cache 0) (java.io.File. "") (java.io.File. (path-in folder "none")) Object (Throwable.) (atom 1)])

(defn- fine
  "Arguments that are fine, by the name that a function gives them. Each call has a log of its own, in a folder of its own."
  [folder ^LogCollection l]
  {'log l, 'value {:n 1}, 'values [1 2], 'offset 0, 'offset-or-offsets 0, 'position 0, 'timeout-ms 1, 'timeout-val :late
   'options nil, 'cursor (log/cursor l), 'max-bytes 5, 'path (:path (log/info l)), 'from (:path (log/info l))
   'to (path-in folder "new.log")})

(def ^:private functions
  "Each public function with each of its lists of arguments."
  (for [ns-name '[flumelog.core flumelog.memory flumelog.async]
        [_ v] (sort-by key (ns-publics ns-name))
        arglist (:arglists (meta v))
        :when (seq arglist)]
    [v (vec arglist)]))

(defn- outcome
  "`:ok`, or the exception where it is none of ours with data."
  [v arguments]
  (try
    (let [result (apply v arguments)]
      (when (and (instance? clojure.lang.Seqable result) (not= #'log/append-all! v)) (first result))
      (when (= "live-chan" (name (symbol v))) (async/close! result))
      (when (instance? LogCollection result) (.close ^LogCollection result))
      :ok)
    (catch LogException e (if (and (:flumelog/error (ex-data e)) (not (str/blank? (ex-message e)))) :ok e))
    (catch Throwable e e)))

(defn- call
  "What comes of a call, of which some arguments are replaced by junk: a map of position to index in `junk`."
  [[v arglist] replaced]
  (with-temp-folder [folder]
    (with-open [^LogCollection l (if (some '#{path from} arglist) (log/open (path-in folder "a.log")) (memory/open))]
      (log/append-all! l [{:n 0} {:n 1}])
      (let [good (fine folder l), bad (junk folder)
            forever? #(and (= 'timeout-ms %1) (= Long/MAX_VALUE %2))   ; which is a long time to wait
            arguments (map-indexed (fn [i named]
                                     (let [wrong (some->> (replaced i) (nth bad))]
                                       (if (and (replaced i) (not (forever? named wrong))) wrong (good named (good 'log)))))
                                   arglist)]
        (when (or (= #'log/recover! v) (= #'log/compact! v)) (.close l))
        (outcome v arguments)))))

(def ^:private kinds-of-junk (count (junk (java.io.File. "/tmp"))))

(deftest one-wrong-argument-is-one-sentence
  (is (< 25 (count functions)))
  (doseq [[v arglist :as function] functions, i (range (count arglist)), k (range kinds-of-junk)
          :let [outcome (call function {i k})]
          :when (not= :ok outcome)]
    (is (= :ok outcome) (str v " with " (pr-str (nth (junk (java.io.File. "/tmp")) k)) " as " (arglist i)))))

(defspec any-arguments-are-one-sentence (size 200 5000)
  (prop/for-all [[function replaced] (gen/bind (gen/elements functions)
                                               (fn [[_ arglist :as function]]
                                                 (gen/tuple (gen/return function)
                                                            (gen/map (gen/choose 0 (dec (count arglist)))
                                                                     (gen/choose 0 (dec kinds-of-junk))))))]
    (= :ok (call function replaced))))

(deftest core-s-own-verbs-take-any-key
  (with-open [l (memory/open)]
    (log/append-all! l [:a :b])
    (doseq [k (junk (java.io.File. "/tmp")) :when (not= 0 k)]
      (is (nil? (get l k)) (pr-str k))
      (is (nil? (l k)) (pr-str k))
      (is (= :no (l k :no)) (pr-str k))
      (is (false? (contains? l k)) (pr-str k))
      (is (nil? (find l k)) (pr-str k)))
    (doseq [bound ["x" nil :k]]
      (is (= :bad-option (error (doall (subseq (log/entries l) > bound)))) (pr-str bound)))))

(deftest contains-and-find-agree-with-get
  (doseq [open [memory/open #(disk/open (disk/disk) "a.log" %)]]
    (with-open [^LogCollection l (open {:codec :utf8})]
      (let [[a b c] (log/append-all! l ["a" "b" "c"])]
        (log/delete! l b)
        (is (= [true false true false] (map #(contains? l %) [a b c (inc (long c))])))
        (is (= [[a "a"] nil [c "c"] nil] (map #(find l %) [a b c (inc (long c))])))
        (is (= [c "c"] (find l (int c))) "a whole number of any kind, as for get")
        (is (map-entry? (find l a)))
        (is (not (coll? l)) "it is no value")
        (doseq [f [#(conj! l 1) #(assoc! l 0 1) #(persistent! l)]]
          (is (thrown? UnsupportedOperationException (f)))))
      (.close l)
      (is (= :closed (error (contains? l 0))))
      (is (= :closed (error (find l 0)))))))

(deftest a-batch-is-a-collection-of-values
  (with-open [l (memory/open)]
    (doseq [one [{:n 4} (HashMap. {:n 4}) "text" (StringBuilder. "text") 5 :k \c 1.5 (Object.) (memory/open)]
            :when (not (instance? LogCollection one))
            :let [e (failure (log/append-all! l one))]]
      (is (= {:flumelog/error :bad-option, :argument "values"}
             (select-keys (ex-data e) [:flumelog/error :argument]))
          (pr-str one))
      (is (str/starts-with? (ex-message e) "values must be a collection of ")))
    (is (= -1 @(log/since l)) "nothing was appended")
    (doseq [batch [nil [] '() #{} (map inc [])]]
      (is (= [] (log/append-all! l batch))))
    (doseq [batch [[1] '(1) #{1} (map identity [1]) (ArrayList. [1]) (object-array [1]) (long-array [1]) (eduction (map identity) [1])]]
      (is (= 1 (count (log/append-all! l batch)))))
    (is (= [1 1 1 1 1 1 1 1] (into [] l)))
    (is (= 8 (count (log/append-all! l (log/values l)))) "what was read can be appended")))

(deftest strings-are-shown-as-strings
  (with-open [l (memory/open)]
    (doseq [[call shown] {#(log/entries l {:gt "67"})         "was \"67\""
                          #(log/entries l {:gt 17N})          "was 17N (clojure.lang.BigInt)"
                          #(log/entries l {:limit -1})        "was -1"
                          #(log/fetch l "0")                  "was \"0\""
                          #(log/fetch l nil)                  "was nil"
                          #(log/open "")                      "was \"\""
                          #(log/open (range))                 "was a clojure.lang.Iterate"
                          #(log/open ["a" {:b "c"}])          "was [\"a\" {:b \"c\"}]"
                          #(log/open "x.log" {:codec :ednn})  "was :ednn"
                          #(log/open "x.log" {:codec "ednn"}) "was :ednn"
                          #(log/open "x.log" {:mode "wr\"ite"}) "was \"wr\\\"ite\""
                          #(log/next! l)                      "was #flumelog/Log[\"memory\" {:since -1 :end 0 :framing :flume :offset-bits 53}]"}
            :let [e (failure (call))]]
      (is (str/ends-with? (str (ex-message e)) shown) (ex-message e)))))

(deftest data-names-options-and-codecs-by-keywords
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [l (log/open path {:codec :utf8})] (log/append! l "{:a"))
      (with-open [l (log/open path {:mode :read, :codec {:encode identity :decode (fn [_] (throw (ex-info "no" {})))}})]
        (is (= {:option :gt, :value "67"}
               (select-keys (ex-data (failure (log/entries l {:gt "67"}))) [:option :value])))
        (is (= "what its :decode function reads" (:codec (ex-data (failure (get l 0)))))))
      (with-open [l (log/open path {:mode :read :codec :edn})]
        (let [^LogException e (failure (get l 0))]
          (is (= {:flumelog/error :decode, :codec :edn} (select-keys (ex-data e) [:flumelog/error :codec])))
          (is (= ":edn" (get (.facts e) "codec")) "for Java it is text"))))))

(deftest a-home-that-java-does-not-know-is-said
  (with-temp-folder [folder]
    (doseq [path ["~/x.log" "~" (java.io.File. "~/x.log") (.toPath (java.io.File. "~/x.log"))]
            call [log/open log/verify log/compact! #(log/recover! % {:cut-at 0}) #(log/salvage % (path-in folder "b.log"))
                  #(log/convert (path-in folder "a.log") %)]
            :let [e (failure (call path))]]
      (is (= :bad-option (:flumelog/error (ex-data e))) (str path))
      (is (str/includes? (str (ex-message e)) "user.home")))
    (is (not (.exists (java.io.File. "~"))))
    (is (= #{} (files-in folder)))
    (with-open [l (log/open (path-in folder "~/x.log"))] (is (= 0 (log/append! l 1)) "a folder that is named so"))))
