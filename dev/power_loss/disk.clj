(ns power-loss.disk
  "A disk that can lose its power: a file system on a loop device, mounted, shut down and mounted again.

   * `make-disk!`, `mount!`, `unmount!`, `shut-down!`, `discard!`, `discard-all!`
   * `run-command`: any command of the system; `temp-folder`
   * `missing`: why this machine can't lose power in this way, or nil"
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [flumelog.fixtures :refer [delete-folder!]])
  (:import (java.io File)
           (java.nio.file Files)
           (java.nio.file.attribute FileAttribute)
           (java.util List Random)
           (java.util.concurrent TimeUnit)))

(set! *warn-on-reflection* true)

;; Commands of the system

(defn run-command
  "Runs a command for at most a minute: [exit output]."
  [& words]
  (try
    (let [process (.start (doto (ProcessBuilder. ^List (map str words)) (.redirectErrorStream true)))
          output (future (slurp (.getInputStream process)))]
      (if (.waitFor process 60 TimeUnit/SECONDS)
        [(.exitValue process) (str/trim @output)]
        (do (.destroyForcibly process) [-1 "did not end within a minute"])))
    (catch java.io.IOException e [-1 (ex-message e)])))

(defn- must [& words]
  (let [[exit output] (apply run-command words)]
    (when-not (zero? (long exit))
      (throw (ex-info (str (str/join " " words) ": " output) {:command words :exit exit})))
    output))

(defn- on-path? [command]
  (some #(.canExecute (io/file ^String % ^String command))
        (str/split (System/getenv "PATH") #":")))

(defn- missing-tool [file-systems]
  (let [packages (merge {"xfs_io" "xfsprogs" "losetup" "mount" "mount" "mount" "umount" "mount"}
                        (select-keys {"mkfs.ext4" "e2fsprogs" "mkfs.xfs" "xfsprogs"}
                                     (map #(str "mkfs." %) file-systems)))]
    (when-let [[tool package] (first (remove (comp on-path? key) packages))]
      (str "needs " tool ", of the package " package))))

;; A disk

(defn- make-file-system! [file-system image ^Random random]
  (let [block (rand-nth [1024 4096])]
    (if (= "xfs" file-system)
      (must "mkfs.xfs" "-q" "-f" "-b" (str "size=" block) image)
      (must "mkfs.ext4" "-q" "-F" "-m" "0" "-b" block image))))

(defn mount! [{:keys [file-system device mount]}]
  (must "mount" "-t" file-system device mount))

(defn unmount! [{:keys [mount]}]
  (loop [tries 50]
    (let [[exit output] (run-command "umount" mount)]
      (cond (zero? (long exit)) nil
            (zero? tries) (throw (ex-info (str "umount " mount ": " output) {}))
            :else (do (Thread/sleep 100) (recur (dec tries)))))))

(defn- mounted? [{:keys [mount]}]
  (some #(= (str mount) (second (str/split % #" "))) (Files/readAllLines (.toPath (io/file "/proc/mounts")))))

(defn- release!
  "Unmounts, frees the loop device and deletes the image, as far as they still exist. Can be called again."
  [{:keys [^File folder device] :as disk}]
  (when (mounted? disk)
    (try (unmount! disk) (catch Exception _ (run-command "umount" "-l" (:mount disk)))))
  (when device (run-command "losetup" "-d" device))
  (when-not (mounted? disk) (delete-folder! folder)))

(defn temp-folder ^File []
  (.toFile (Files/createTempDirectory "flumelog-power-loss" (make-array FileAttribute 0))))

(def ^:private disks
  "The disks that must be released, also when this program is stopped."
  (atom #{}))

(defn make-disk!
  "A new file system of 320 MiB (mkfs.xfs makes none below 300) in a sparse file, mounted."
  [file-system random]
  (let [folder (temp-folder)
        image (io/file folder "image")
        bare {:file-system file-system :folder folder :mount (doto (io/file folder "mount") .mkdir)}]
    (swap! disks conj bare)
    (with-open [file (java.io.RandomAccessFile. image "rw")] (.setLength file 335544320))
    (make-file-system! file-system image random)
    (let [disk (assoc bare :device (must "losetup" "--find" "--show" image))]
      (swap! disks #(-> % (disj bare) (conj disk)))
      (mount! disk)
      disk)))

(defn discard! [disk]
  (release! disk)
  (swap! disks disj disk))

(defn discard-all! []
  (run! discard! @disks))

(defn shut-down! [{:keys [mount]} flags]
  (apply must "xfs_io" "-x" "-c" (str/join " " (cons "shutdown" flags)) [mount]))

;; What this machine supports

(defn- refusal
  "Tries to shut down a file system of this kind. Returns a sentence that says why that failed, or nil."
  [file-system]
  (try
    (let [disk (make-disk! file-system nil)]
      (try
        (shut-down! disk [])
        (when (try (spit (io/file (:mount disk) "x") "x") true (catch java.io.IOException _ false))
          (str "a " file-system " that was shut down still takes writes"))
        (finally (discard! disk))))
    (catch Exception e (ex-message e))))

(defn missing
  "A sentence that says what is missing on this machine, or nil."
  [file-systems]
  (cond
    (not= "Linux" (System/getProperty "os.name")) "needs Linux"
    (not= "root" (System/getProperty "user.name")) "needs root, to mount file systems and shut them down"
    :else (or (missing-tool file-systems) (some refusal file-systems))))
