(ns flumelog.datafy-test
  "From a log to its pages, records and frames by `datafy` and `nav`, and how everything prints."
  (:require [clojure.datafy :refer [datafy nav]]
            [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [bytes= error formats path-in read-bytes with-temp-folder]]
            [flumelog.memory :as memory]
            [flumelog.test-disk :as disk])
  (:import (flumelog.coll LogCollection)
           (java.util Arrays)))

(set! *warn-on-reflection* true)

(defmacro ^:private on-every-log [[log options format] & body]
  `(doseq [[format-name# format#] formats
           [kind# open#] {"file" log/open, "memory" (fn [_# options#] (memory/open options#))}]
     (testing (str kind# ", " format-name#)
       (with-temp-folder [folder#]
         (with-open [~(with-meta log {:tag `LogCollection}) (open# (path-in folder# "a.log") (merge {:sync :none} format# ~options))]
           (let [~(or format '_) format#] ~@body))))))

(defn- go [data k] (datafy (nav data k (get data k))))

(defn- pages
  "All pages from the one at an end of the log on."
  [l end onward]
  (take-while some? (iterate #(when (onward %) (go % onward)) (go (datafy l) end))))

(deftest a-log-is-data
  (on-every-log [l {} format]
    (log/append! l :a)
    (let [data (datafy l)]
      (is (= (log/info l) (dissoc data :recovery :oldest :newest)))
      (is (= (log/recovery l) (:recovery data)))
      (is (every? data [:oldest :newest])))))

(deftest pages-lead-through-the-whole-log
  (on-every-log [l {}]
    (log/append-all! l (range 47))
    (let [all (mapv (fn [[offset value]] {:offset offset :value value}) (log/entries l))]
      (is (= [20 20 7] (map (comp count :records) (pages l :oldest :newer))))
      (is (= [20 20 7] (map (comp count :records) (pages l :newest :older))))
      (is (= all (mapcat :records (pages l :oldest :newer))))
      (is (= all (mapcat :records (reverse (pages l :newest :older)))))
      (is (nil? (:older (first (pages l :oldest :newer)))))
      (is (nil? (:newer (first (pages l :newest :older)))))
      (is (= (take 20 all) (:records (go (second (pages l :oldest :newer)) :older))))
      (testing "also from a page that was made before records came"
        (let [newest (go (datafy l) :newest), last-page (last (pages l :oldest :newer))]
          (log/append! l :new)
          (is (= :new (:value (peek (:records (go (datafy l) :newest))))))
          (is (nil? (:newer last-page)))
          (is (= (take-last 20 all) (:records newest))))))))

(deftest an-empty-log-has-empty-pages
  (on-every-log [l {}]
    (is (= [{:records []}] (pages l :oldest :newer)))
    (is (= [{:records []}] (pages l :newest :older)))
    (log/append! l :a)
    (log/delete! l 0)
    (is (= [{:records []}] (pages l :oldest :newer)) "deleted records are in no page")
    (is (= [{:records []}] (pages l :newest :older)) "deleted records are in no page")))

(deftest a-record-leads-to-its-frame
  (with-temp-folder [folder]
    (doseq [[format-name format] formats, ^bytes data [(byte-array [7]) (byte-array 300 (byte 9))]]
      (testing format-name
        (let [path (path-in folder (str format-name (alength data) ".log"))]
          (with-open [l (log/open path (merge {:codec :bytes} format)), m (memory/open (merge {:codec :bytes} format))]
            (doseq [l [l m]]
              (log/append! l (byte-array [1 2 3]))
              (log/append! l data)
              (log/append! l (byte-array [4])))
            (doseq [l [l m]]
              (let [record (-> (datafy l) (go :newest) (go :records) (go 1))
                    {:keys [start end length] :as frame} (go record :frame)]
                (is (= [:offset :value :frame] (keys record)))
                (is (= (:offset record) start))
                (is (= (alength data) length))
                (is (bytes= data (:data frame)))
                (is (= (select-keys (log/info l) [:framing :offset-bits]) (select-keys frame [:framing :offset-bits])))
                (is (bytes= (:bytes frame) (Arrays/copyOfRange (read-bytes path) (int start) (int end))) "what is in the file")))))))))

(deftest an-unreadable-record-is-shown-with-its-exception
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [l (log/open path {:codec :utf8})] (log/append-all! l ["1" "{" "3" "\"long enough\""]))
      (with-open [l (log/open path {:max-record-bytes 5})]
        (let [[a b c d :as records] (:records (go (datafy l) :oldest))]
          (is (= 1 (:value a)))
          (is (= :decode (:flumelog/error (ex-data (:value b)))))
          (is (= 3 (:value c)))
          (is (= :too-large (:flumelog/error (ex-data (:value d)))))
          (is (= [(int \{)] (vec (:data (go (go records 1) :frame)))) "its bytes can be looked at")
          (is (= :too-large (error (go (go records 3) :frame)))))))))

(deftest a-record-deleted-during-paging-is-left-out
  (let [on-read (atom nil)]
    (on-every-log [l {:codec {:encode #(.getBytes ^String %) :decode (fn [^bytes data] (@on-read) (String. data))}}]
      (let [[_ b] (log/append-all! l ["a" "b" "c"])]
        (reset! on-read #(log/delete! l b))
        (is (= ["a" "c"] (map :value (:records (go (datafy l) :oldest)))))))))

(deftest datafying-a-log-reads-nothing-and-a-page-little
  (let [d (disk/disk)]
    (with-open [l (disk/open d "a.log" {:block-bytes 64})]
      (log/append-all! l (range 10000)))                    ; some 3500 blocks
    (with-open [l (disk/open d "a.log" {:block-bytes 64})]
      (let [before (disk/calls d :read), data (datafy l)]
        (is (= before (disk/calls d :read)))
        (go data :oldest)
        (go data :newest)
        (is (> 100 (- (disk/calls d :read) before)))))))

(deftest a-deleted-record-and-a-closed-log-say-so
  (on-every-log [l {}]
    (log/append-all! l [:a :b])
    (let [data (datafy l), record (-> data (go :oldest) (go :records) (go 0))]
      (log/delete! l 0)
      (is (= :deleted (error (go record :frame))))
      (.close l)
      (is (= :closed (error (go data :oldest))))
      (is (= :closed (error (go record :frame))))
      (is (true? (:closed (datafy l)))))))

;; Printing

(def ^:private public-types
  (for [file (.listFiles (io/file "java-src/flumelog/coll"))
        :when (re-find #"(?m)^public (final )?class" (slurp file))]
    (Class/forName (str "flumelog.coll." (str/replace (.getName ^java.io.File file) ".java" "")))))

(deftest every-type-prints-as-what-it-is
  (is (= 7 (count public-types)))
  (doseq [type public-types]
    (is (not= (get-method print-method Object) (get-method print-method type)) (str type)))
  (on-every-log [l {}]
    (log/append-all! l [:a :b])
    (let [cursor (log/cursor l), printed #(str/replace (pr-str %) (pr-str (:path (log/info l))) "PATH")]
      (is (= "#flumelog/Cursor[PATH {:offset -1}]" (printed cursor)))
      (log/next! cursor)
      (is (= "#flumelog/Cursor[PATH {:offset 0}]" (printed cursor)))
      (is (= "#flumelog/Appender[PATH {:waiting 1}]" (printed (let [append (log/appending l)] (append (append) :c)))))
      (is (re-matches #"#flumelog/Live\[PATH \{:since \d+\}\]" (printed (log/live l))))
      (is (re-matches #"#flumelog/Values\[PATH .*\]" (printed (log/values l))))
      (is (re-matches #"#flumelog/Offsets\[PATH .*\]" (printed (log/offsets l))))))
  (is (= "#flumelog/BlockCache[{:max-bytes 1024}]" (pr-str (log/block-cache 1024)))))

(deftest printing-reads-nothing
  (let [d (disk/disk)]
    (with-open [l (disk/open d "a.log" {:block-bytes 1 :cache-blocks 0})]
      (log/append-all! l [:a :b])
      (let [things [l (log/entries l) (log/values l) (log/offsets l) (log/live l) (log/since l) (log/durable l) (log/cursor l)
                    ((log/appending l))]]
        (log/next! (things 7))
        (let [before (disk/calls d)]
          (run! pr-str things)
          (is (= before (disk/calls d))))))))
