(ns flumelog.interop-deviation-test
  "Where getting, deleting and opening differ from the original on purpose: a test's name says how, and it asserts both
   answers, the original's where it is a stable one."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error files-in path-in]]
            [flumelog.original :refer [bytes-of file-of four-options four-records golden-bytes new-folder our-reading
                                       our-value size-of their-answer their-failure their-reading their-stream theirs
                                       they-write! we-write! with-original]]))

(set! *warn-on-reflection* true)

;; ---- get and delete

(deftest get-of-no-record-is-nil
  (with-original folder
    (let [path (four-records folder)]
      (with-open [l (log/open path four-options)]
        (is (= [nil nil nil nil] (map #(get l %) [5 -1 64 1000])))
        (is (= #{:not-a-record} (set (map #(our-value l %) [5 -1 64 1000])))))
      (doseq [offset [5 -1 64 1000]]
        (is (:code (their-answer path four-options :get :offset offset)) offset)))))

(deftest a-deletion-with-a-bad-offset-deletes-nothing
  (with-original folder
    (let [path (four-records folder), before (bytes-of path)]
      (with-open [l (log/open path four-options)]
        (is (= :not-a-record (error (log/delete! l [16 1000]))))
        (is (= before (bytes-of path)))
        (is (= 1 (log/delete! l 16)))
        (is (= 1 (log/delete! l 32))))
      (let [path (four-records (new-folder folder))]
        (theirs path four-options
          (fn [ask]
            (is (= "exception" (:code (their-failure #(ask :del :offsets [16 1000])))))
            (is (= "timeout" (:code (their-failure #(ask :del :offsets 32)))))))
        (is (= [0 32 48] (their-stream path {})))))))

(deftest a-deleted-record-is-gone-from-all-of-its-blocks
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

(deftest legacy-records-can-be-deleted
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

(deftest data-of-zeros-is-refused-and-nothing-is-lost
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

(deftest an-undecodable-record-does-not-kill-the-process
  (with-original folder
    (let [path (path-in folder "log"), options {:framing :flume :offset-bits 32 :codec :json}]
      (they-write! path (assoc options :codec :utf8) ["1" "not json" "3"] #{})
      (is (= {:code "exception" :partial [{:seq 0 :value 1}]} (their-answer path options :stream)))
      (with-open [l (log/open path options)]
        (is (= [1 :decode 3] (map #(our-value l %) [0 13 33])))
        (is (= :decode (error (vec l))))
        (is (= [[0 1] [33 3]] (into [] (log/entries l {:on-decode-error :skip}))))
        (is (= 46 (log/append! l 4)))))))

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

(deftest a-log-opened-at-the-wrong-width-is-refused-and-not-cut
  (with-original folder
    (doseq [[file-name bits their-size] [["flume32-record-of-65536.log" 48 65565]
                                         ["flume32-empty-record.log" 48 29]
                                         ["flume32-empty-record.log" 53 29]
                                         ["legacy-second-12-longer.log" 32 32]]]
      (check-left-alone folder file-name (golden-bytes file-name) {:offset-bits bits} their-size))))

(deftest a-file-that-is-not-a-log-is-refused-and-not-cut
  (with-original folder
    (check-left-alone folder "data.bin" (map unchecked-byte (concat [0 0 0 4] (range 37 133))) {:offset-bits 32} 4)))
