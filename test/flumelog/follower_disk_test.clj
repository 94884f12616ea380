(ns flumelog.follower-disk-test
  "A log that is only read, on real file systems: another file under its path, a really full disk, and what a file system in
   user space or of layers shows while somebody else writes. Skips what needs root or a package that is not there."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [delete-folder! error eventually path-in temp-folder with-temp-folder]]
            [flumelog.mounts :refer [with-mount]]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.error LogException)
           (java.io File)))

(set! *warn-on-reflection* true)

(defn- followed
  "Follows the log in a thread of its own: where what it gives goes, and how it ends, `:closed` or data of an error."
  [l options]
  (let [given (atom [])]
    {:given given
     :end (future (try (run! #(swap! given conj (val %)) (log/live l options)) :closed
                       (catch LogException e (assoc (ex-data e) :sentence (ex-message e)))))}))

;; Another file under the path

(deftest a-follower-hears-that-its-log-was-replaced
  (doseq [[what f said] [["compacted" (fn [path] (log/compact! path)) "open it again"]
                         ["replaced by another log" (fn [path]
                                                      (with-open [l (log/open (str path "-2") {:codec :utf8})] (run! #(log/append! l %) ["A" "B" "C" "D"]))
                                                      (.renameTo (io/file (str path "-2")) (io/file path)))
                          "open it again"]
                         ["renamed" (fn [path] (.renameTo (io/file path) (io/file (str path ".1")))) "removed or renamed"]
                         ["removed" (fn [path] (io/delete-file path)) "removed or renamed"]]]
    (testing what
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log")]
          (with-open [w (log/open path {:codec :utf8})]
            (log/append-all! w ["a" "b" "c"])
            (log/delete! w 0))
          (with-open [r (log/open path {:codec :utf8 :mode :read})]
            (let [{:keys [given end]} (followed r {}), waits (future (error (log/await-since r 1000 20000 :late)))]
              (is (eventually #(= ["b" "c"] @given)))
              (f path)
              (let [{:flumelog/keys [error] :keys [sentence]} (deref end 20000 :never)]
                (is (= :wrong-log error))
                (is (str/includes? (str sentence) said)))
              (is (= :wrong-log (deref waits 20000 :never)))
              (is (= ["b" "c"] (into [] r)) "what it had stays readable")
              (is (= "c" (get r 34))))))))))

(deftest a-follower-goes-on-in-a-copy-of-its-log
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [w (log/open path {:codec :utf8})] (log/append-all! w ["a" "b"]))
      (with-open [r (log/open path {:codec :utf8 :mode :read})]
        (let [{:keys [given]} (followed r {})]
          (is (eventually #(= ["a" "b"] @given)))
          (io/copy (io/file path) (io/file (str path ".copy")))
          (.renameTo (io/file (str path ".copy")) (io/file path))
          (with-open [w (log/open path {:codec :utf8})] (log/append! w "c"))
          (is (eventually #(= ["a" "b" "c"] @given))))))))

(deftest a-follower-goes-on-when-its-log-comes-back
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [w (log/open path {:codec :utf8})] (log/append! w "a"))
      (with-open [r (log/open path {:codec :utf8 :mode :read})]
        (.renameTo (io/file path) (io/file (str path ".away")))
        (is (= :wrong-log (error (log/await-since r 1000 20000 :late))))
        (.renameTo (io/file (str path ".away")) (io/file path))
        (with-open [w (log/open path {:codec :utf8})]
          (is (= 17 (log/append! w "b")))
          (is (= 17 (log/await-since r 17 20000 :late))))))))

;; Mounts

(defmacro ^:private with-folders [names & body]
  (if-let [[n & more] (seq names)]
    `(let [~n (temp-folder)] (try (with-folders ~more ~@body) (finally (delete-folder! ~n))))
    `(do ~@body)))

(deftest a-follower-on-a-full-disk-sees-no-damage-and-keeps-up
  (with-folders [folder]
    (with-mount [folder ["mount" "-t" "tmpfs" "-o" (str "size=" (size "2m" "12m")) "tmpfs" (str folder)]]
      (let [path (path-in folder "a.log"), ballast (io/file (path-in folder "ballast"))]
        (spit ballast (apply str (repeat (size 300000 3000000) "x")))
        (with-open [w (log/open path {:codec :utf8 :sync :each}), r (log/open path {:codec :utf8 :mode :read})]
          (let [{:keys [given end]} (followed r {})
                acknowledged (atom #{})
                append-until-full #(dotimes [n 1000000]
                                     (let [text (str % "-" n (apply str (repeat 200 "x")))]
                                       (log/append! w text)
                                       (swap! acknowledged conj text)))
                fill! (fn [round] (into #{} (map deref) (mapv (fn [t] (future (error (append-until-full (str round "." t))))) (range 4))))]
            (is (= #{:full} (fill! "first")))
            (is (= #{:full} (fill! "again, and full at once")))
            (io/delete-file ballast)
            (is (= #{:full} (fill! "with more room")))
            (is (eventually #(or (realized? end) (= @(log/since w) @(log/since r)))))
            (eventually #(or (realized? end) (<= (count @acknowledged) (count @given))))
            (if (realized? end)
              (is (= :wrong-log (:flumelog/error @end)) "it may have seen what was cut back, and says from where to go on")
              (is (= @acknowledged (set @given))))
            (is (= (into [] w) (into [] r)))
            (is (every? (set (into [] r)) @acknowledged))))))))

;; Layers

(deftest a-mapped-reader-sees-deletions-after-a-copy-up
  (doseq [[what lower] {"layers on one file system" :same, "layers on two" :other}]
    (testing what
      (with-folders [below others merged]
        (with-mount [others ["mount" "-t" "tmpfs" "tmpfs" (str others)]]
          (let [lower (io/file (if (= :same lower) others below) "lower"), upper (io/file others "upper"), work (io/file others "work")
                _ (run! #(.mkdirs ^File %) [lower upper work])
                texts (mapv #(str "record " % (apply str (repeat 300 "x"))) (range 300))
                offsets (with-open [l (log/open (path-in lower "a.log") {:codec :utf8})] (log/append-all! l texts))]
            (with-mount [merged ["mount" "-t" "overlay" "-o" (str "lowerdir=" lower ",upperdir=" upper ",workdir=" work) "overlay" (str merged)]]
              (let [path (path-in merged "a.log")]
                (with-open [r (log/open path {:codec :utf8 :mode :read :cache-blocks 0})]
                  (dotimes [_ 2] (is (= texts (mapv #(get r %) offsets))))
                  (with-open [w (log/open path {:codec :utf8})]
                    (log/delete! w (nth offsets 7))
                    (log/sync! w)
                    (log/append! w "new")
                    (Thread/sleep 30)
                    (is (nil? (get r (nth offsets 7))))
                    (is (= 300 (count (into [] r))))
                    (is (= "new" (peek (into [] r))))))))))))))

;; User space

(deftest a-follower-behind-a-daemon-blames-nobody
  (with-folders [real bound]
    (with-mount [bound ["bindfs" (str real) (str bound)]]
      (let [path (path-in bound "a.log"), n (size 3000 100000)]
        (with-open [w (log/open path {:codec :utf8 :sync :none}), r (log/open path {:codec :utf8 :mode :read})]
          (let [{:keys [given end]} (followed r {})
                texts (mapv #(str % (apply str (repeat (rem (* 37 (long %)) 900) "x"))) (range n))
                reading (future (error (dotimes [_ 50] (run! count (log/values r {:reverse true :limit 20})))))]
            (run! #(log/append! w %) texts)
            (is (eventually #(or (realized? end) (= n (count @given)))) "all are given")
            (is (not (realized? end)) (pr-str (deref end 0 nil)))
            (is (= texts @given))
            (is (nil? (deref reading 20000 :never)))))))))
