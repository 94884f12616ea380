(ns flumelog.file-systems-test
  "File systems on which data was lost, mounted for the test: those where a store to the memory of a write buffer needs a
   block when the disk is full, and those on which the numbers of files change when they are mounted anew. The others are
   for `bin/file-systems`, as is the whole script of steps. From the size `ci` on."
  (:require [clojure.test :refer [deftest is testing]]
            [file-systems.mounts :as mounts]
            [file-systems.script :as script]
            [flumelog.process :refer [java-homes kill!]]
            [flumelog.test-support :refer [size skip]]))

(set! *warn-on-reflection* true)

(defn- named [file-system]
  (first (filter #(= file-system (:name %)) mounts/all)))

(defn- with-mounted
  "Calls f with each of the file systems, mounted anew; skips those that can't be had."
  [file-systems f]
  (if (zero? (long (size 0 1)))
    (skip "mounts file systems: only from the size ci on")
    (doseq [file-system (map named file-systems)]
      (mounts/install! (mounts/packages [file-system]))
      (if-let [why (mounts/missing file-system)]
        (skip (str (:name file-system) " " why))
        (testing (:name file-system)
          (try
            (if-let [mounted (try (mounts/mount! file-system nil)
                                  (catch clojure.lang.ExceptionInfo e (skip (str (:name file-system) ": " (ex-message e)))))]
              (f mounted))
            (finally (mounts/unmount-all!))))))))

(deftest a-store-that-finds-no-block-loses-nothing
  (doseq [home (java-homes), [framing killed?] {:flume true, :legacy false}]
    (testing (str home " " framing (when killed? ", killed"))
      (with-mounted ["btrfs" "btrfs-quota" "xfs"]
        (fn [{:keys [folder]}]
          (let [children (atom [])
                child #(let [c (script/started home)] (swap! children conj c) c)]
            (try
              (let [writer (child)
                    [n failures] (script/step! writer :stores-on-a-full-disk folder framing 2000)
                    n (if killed? n (script/step! writer :stores-when-there-is-room folder n))]
                (is (= #{:full} failures))
                (kill! writer)
                (is (nil? (script/step! (child) :stored folder n))))
              (finally (run! kill! @children)))))))))

(deftest a-log-is-found-whole-when-its-file-system-is-mounted-anew
  (with-mounted ["mergerfs" "exfat-fuse" "overlayfs-elsewhere" "ext4"]
    (fn [{:keys [folder] :as mounted}]
      (let [children (atom [(script/started)])]
        (try
          (run! #(script/step! (first @children) % folder) [:create :append])
          (is (nil? (script/remounted mounted folder children)))
          (finally (run! kill! @children)))))))
