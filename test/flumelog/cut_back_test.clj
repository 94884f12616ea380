(ns flumelog.cut-back-test
  "A full disk on which cutting the file needs room too, as on btrfs: what a failed append has left is cut before the next
   one; until then appends are `:full`, and nothing is lost or shown that was not appended."
  (:require [clojure.test :refer [deftest is testing]]
            [flumelog.buffered :refer [file values-of]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error formats]]
            [flumelog.test-disk :as disk]))

(set! *warn-on-reflection* true)

(def ^:private ways
  {"plain" {} "room" {:room-bytes 4096} "each" {:sync :each} "room and each" {:room-bytes 4096 :sync :each}
   "buffer" {:write-buffer-bytes 4096}})

(defn- full!
  "From now on no append finds all the room that it needs, and no cut."
  [d]
  (disk/fail! d {:op :append :file #"a.log$" :with :half :for-ever true})
  (disk/fail! d {:op :truncate :file #"a.log$" :with :full :for-ever true}))

(def ^:private big (.repeat "b" 3000))

(deftest bytes-of-a-failed-append-are-cut-before-the-next-one
  (doseq [[format options] formats, [way more] ways]
    (testing (str format ", " way)
      (let [d (disk/disk), utf8 (merge options {:codec :utf8 :sync :none}), l (disk/open d file (merge utf8 more))]
        (log/append-all! l ["a" "b"])
        (log/sync! l)
        (full! d)
        (dotimes [_ 4]
          (is (= :full (error (log/append! l big))))
          (is (= :full (error (log/append-all! l [big big]))))
          (is (= ["a" "b"] (into [] l)))
          (is (= 2 (count (into [] (log/offsets l))))))
        (is (not (:failed (log/info l))))
        (testing "nothing is lost when the process is killed now"
          (is (= ["a" "b"] (take 2 (values-of (disk/kill d) {:codec :utf8 :mode :read})))))
        (testing "nothing goes behind what is left there, although there is room for that"
          (disk/heal! d)
          (disk/fail! d {:op :truncate :file #"a.log$" :with :full :for-ever true})
          (is (= :full (error (log/append! l big))))
          (is (= ["a" "b"] (into [] l))))
        (disk/heal! d)
        (is (= (:end (log/info l)) (log/append! l "c")))
        (log/sync! l)
        (is (= @(log/since l) @(log/durable l)))
        (.close l)
        (is (= ["a" "b" "c"] (values-of d utf8)))
        (with-open [l (disk/open d file utf8)] (is (= :none (:tail (log/recovery l)))))))))

(deftest close-on-a-disk-with-no-room-to-cut-loses-nothing
  (doseq [[way more] ways]
    (testing way
      (let [d (disk/disk), l (disk/open d file (merge {:codec :utf8 :sync :none} more))]
        (log/append-all! l ["a" "b"])
        (log/sync! l)
        (full! d)
        (is (= :full (error (log/append! l big))))
        (is (= :full (error (.close l))))
        (disk/heal! d)
        (is (= ["a" "b"] (values-of d {:codec :utf8})))))))

(deftest room-that-can-t-be-cut-off-is-left-for-the-next-open
  (let [d (disk/disk), l (disk/open d file {:codec :utf8 :sync :each :room-bytes 4096})]
    (run! #(log/append! l %) ["a" "b"])
    (disk/fail! d {:op :truncate :file #"a.log$" :with :full :for-ever true})
    (.close l)
    (is (< 34 (alength (disk/contents d file))))
    (is (= ["a" "b"] (values-of d {:codec :utf8 :mode :read})))
    (disk/heal! d)
    (with-open [l (disk/open d file {:codec :utf8})]
      (is (= :none (:tail (log/recovery l))))
      (is (= ["a" "b"] (into [] l)))
      (is (= "c" (do (log/append! l "c") (last (into [] l))))))
    (is (= 51 (alength (disk/contents d file))))))

(deftest room-that-is-only-partly-cut-is-still-room
  (let [d (disk/disk), l (disk/open d file {:codec :utf8 :sync :each :room-bytes 200000})]
    (log/append! l "a")
    (disk/fail! d {:op :append :file #"a.log$" :with :half :after 2 :for-ever true})
    (disk/fail! d {:op :truncate :file #"a.log$" :with :full :for-ever true})
    (log/append! l (.repeat "b" 199000))
    (disk/heal! d)
    (is (= 2 (count (into [] l))))
    (log/append! l "c")
    (.close l)
    (is (= ["a" (.repeat "b" 199000) "c"] (values-of d {:codec :utf8})))))
