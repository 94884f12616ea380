(ns flumelog.golden-test
  "The files in test/interop/golden were written once by flumelog-offset 3.4.4; golden.json says what they hold. They
   are never made anew and never opened in place: a test that fails against them is right."
  (:require [clojure.data.json :as json]
            [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error files-in path-in read-bytes with-temp-folder write-bytes!]])
  (:import (java.io File)
           (java.security MessageDigest)
           (java.util Base64 HexFormat)))

(set! *warn-on-reflection* true)

;; ---- files

(defn- golden-file ^File [file-name]
  (if-let [found (io/resource (str "interop/golden/" file-name))]
    (io/file found)
    (io/file "test" "interop" "golden" file-name)))

(def ^:private goldens
  (json/read-str (slurp (golden-file "golden.json")) :key-fn keyword))

(defn- sha256-of [file]
  (.formatHex (HexFormat/of) (.digest (MessageDigest/getInstance "SHA-256") (read-bytes file))))

(defn- check-each
  "Calls check with each golden and the path of a copy of its file, alone in a new folder."
  [goldens check]
  (doseq [{:keys [file] :as golden} goldens]
    (testing file
      (with-temp-folder [folder]
        (let [path (path-in folder file)]
          (write-bytes! path (read-bytes (golden-file file)))
          (check golden path))))))

;; ---- what the manifest says, in our words

(def ^:private ->codec {"json" :json, "utf8" :utf8, "base64" :bytes})

(defn- codec-of [golden]
  {:codec (->codec (:codec golden))})

(defn- right-name [{:keys [bits]}]
  (if bits {:framing :flume :offset-bits bits} {:framing :legacy}))

(def ^:private every-name
  [{:offset-bits 32} {:offset-bits 48} {:offset-bits 53} {:framing :flume} {:framing :legacy}])

(defn- wrong-names [golden]
  (let [right (right-name golden)]
    (remove #(= % (select-keys right (keys %))) every-name)))

(defn- has-records? [golden]
  (not= -1 (:since golden)))

(def ^:private with-records (filter has-records? goldens))
(def ^:private without-records (remove has-records? goldens))
(def ^:private nothing-deleted (filter #(empty? (:deleted %)) goldens))

(def ^:private modes [{:mode :read} {:mode :read-write}])

(defn- in-base64 [value]
  (if (bytes? value) (.encodeToString (Base64/getEncoder) value) value))

(defn- from-base64 [{:keys [codec]} value]
  (if (= "base64" codec) (.decode (Base64/getDecoder) ^String value) value))

(defn- plain [entries]
  (mapv (fn [[offset value]] [offset (in-base64 value)]) entries))

(defn- shape [l]
  (select-keys (log/info l) [:framing :offset-bits]))

(defn- files-beside [path]
  (files-in (.getParentFile (io/file path))))

;; ---- tests

(deftest the-golden-files-are-those-that-the-original-wrote
  (doseq [{:keys [file] :as golden} goldens]
    (is (= (select-keys golden [:size :sha256])
           {:size (.length (golden-file file)) :sha256 (sha256-of (golden-file file))})
        file))
  (is (= (conj (set (map :file goldens)) "golden.json")
         (files-beside (golden-file "golden.json")))))

(deftest a-golden-log-tells-its-framing-and-width-itself
  (check-each with-records
    (fn [golden path]
      (doseq [mode modes]
        (with-open [l (log/open path mode)]
          (is (= (right-name golden) (shape l)) mode)
          (is (= {:tail :none :end (:size golden) :size (:size golden) :cut-bytes 0}
                 (select-keys (log/recovery l) [:tail :end :size :cut-bytes :kept]))
              mode))))))

(deftest a-golden-log-opens-by-its-right-name
  (check-each goldens
    (fn [golden path]
      (doseq [mode modes]
        (with-open [l (log/open path (merge mode (right-name golden)))]
          (is (= (right-name golden) (shape l)) mode)
          (is (= (:since golden) @(log/since l)) mode))))))

(deftest a-golden-log-reads-as-the-original-read-it
  (check-each goldens
    (fn [{:keys [live since blockSize] :as golden} path]
      (doseq [mode modes, block-bytes (distinct [1 23 blockSize 16384])]
        (testing [mode block-bytes]
          (with-open [l (log/open path (merge mode (codec-of golden) {:block-bytes block-bytes}))]
            (is (= live (plain (log/entries l))))
            (is (= (rseq live) (seq (plain (log/entries l {:reverse true})))))
            (is (= (map second live) (map in-base64 l)))
            (is (= (map second (rseq live)) (map in-base64 (rseq l))))
            (is (= (map first live) (into [] (log/offsets l))))
            (is (= live (mapv (fn [[offset]] [offset (in-base64 (get l offset))]) live)))
            (is (= since @(log/since l)))))))))

(deftest a-deleted-golden-record-is-missing
  (is (seq (mapcat :deleted goldens)))
  (check-each (filter (comp seq :deleted) goldens)
    (fn [golden path]
      (doseq [mode modes, offset (:deleted golden)]
        (with-open [l (log/open path (merge mode (codec-of golden)))]
          (is (nil? (get l offset)))
          (is (= :gone (get l offset :gone)))
          (is (= :deleted (error (log/fetch l offset)))))))))

(deftest opening-and-closing-leaves-every-byte-of-a-golden-log
  (check-each goldens
    (fn [{:keys [sha256] :as golden} path]
      (doseq [mode modes, options [{} (right-name golden)]]
        (.close (log/open path (merge mode options)))
        (is (= sha256 (sha256-of path)) [mode options]))
      (is (not-any? #(str/includes? % "torn") (files-beside path))))))

(deftest a-golden-log-opened-by-the-wrong-format-is-left-alone
  (check-each with-records
    (fn [{:keys [file sha256] :as golden} path]
      (doseq [mode modes, wrong (wrong-names golden)]
        (is (= :wrong-format (error (.close (log/open path (merge mode wrong))))) [mode wrong])
        (is (= sha256 (sha256-of path)) [mode wrong]))
      (is (= #{file} (files-beside path))))))

(deftest an-empty-golden-log-takes-any-name
  (check-each without-records
    (fn [{:keys [sha256]} path]
      (doseq [named every-name]
        (with-open [l (log/open path named)]
          (is (= named (select-keys (log/info l) (keys named))))
          (is (empty? (log/entries l))))
        (is (= sha256 (sha256-of path)) named)))))

(defn- check-written
  "That a log to which append has written the values is the golden file, byte for byte."
  [golden path codec append values]
  (let [ours (str path ".ours")]
    (with-open [l (log/open ours (merge (right-name golden) {:codec codec :block-bytes (:blockSize golden)}))]
      (is (= (map first (:live golden)) (append l values))))
    (is (= (:sha256 golden) (sha256-of ours)))
    (io/delete-file ours)))

(defn- append-each! [l values] (mapv #(log/append! l %) values))

(deftest the-same-text-or-bytes-make-the-same-file
  (check-each (filter (comp #{"utf8" "base64"} :codec) nothing-deleted)
    (fn [golden path]
      (let [values (map (fn [[_ value]] (from-base64 golden value)) (:live golden))]
        (doseq [append [append-each! log/append-all!]]
          (check-written golden path (->codec (:codec golden)) append values))))))

(deftest the-same-json-text-makes-the-same-file
  (check-each (filter (comp #{"json"} :codec) nothing-deleted)
    (fn [golden path]
      (let [texts (with-open [l (log/open path {:mode :read :codec :utf8})] (vec l))]
        (doseq [append [append-each! log/append-all!]]
          (check-written golden path :utf8 append texts))))))
