(ns file-systems.mounts
  "The file systems: how each is made in an image or mounted by FUSE, and how it is removed again.

   * `all`: their descriptions, in the order of the table
   * `missing`: why a file system can't be made on this machine, or nil
   * `mount!`, `remount!`, `unmount-all!`
   * `packages`, `install!`, `version-of`, `run-command`, `must`, `temp-folder`"
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [flumelog.fixtures :refer [delete-folder!]])
  (:import (java.io File)
           (java.net ServerSocket)
           (java.nio.file Files)
           (java.nio.file.attribute FileAttribute)
           (java.util List)
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
        [(.exitValue process) (str/trim (deref output 2000 ""))]   ; a FUSE daemon may keep the pipe open
        (do (.destroyForcibly process) [-1 "did not end within a minute"])))
    (catch java.io.IOException e [-1 (ex-message e)])))

(defn must
  "Runs a command that must succeed. Returns its output."
  [& words]
  (let [[exit output] (apply run-command words)]
    (when-not (zero? (long exit)) (throw (ex-info (str (str/join " " words) ": " output) {})))
    output))

(defn- on-path? [command]
  (some #(.canExecute (io/file ^String % ^String command)) (str/split (System/getenv "PATH") #":")))

;; Cleaning up, in reverse order

(def ^:private undo (atom ()))

(declare unmount-all!)

(def ^:private hook
  "Cleans up also when this process is stopped, for example by Ctrl-C."
  (delay (.addShutdownHook (Runtime/getRuntime) (Thread. ^Runnable (fn [] (unmount-all!))))))

(defn- later! [f]
  @hook
  (swap! undo conj f))

(defn- mounted? [folder]
  (some #(= (str folder) (second (str/split % #" "))) (str/split-lines (must "cat" "/proc/mounts"))))

(defn unmount!
  "Unmounts the folder as soon as it is not in use. After ten seconds it is unmounted lazily."
  [folder]
  (loop [tries 100]
    (when (mounted? folder)
      (let [[exit] (run-command "umount" folder)]
        (cond (zero? (long exit)) (recur tries)
              (zero? tries) (run-command "umount" "-l" folder)
              :else (do (Thread/sleep 100) (recur (dec tries))))))))

(defn unmount-all!
  "Unmounts and deletes everything that was mounted and made. Can be called again, and by several threads: each call
   returns when all is gone."
  []
  (locking undo
    (doseq [f (first (reset-vals! undo ()))]
      (try (f) (catch Exception e (println "file-systems: cleaning up:" (ex-message e)))))))

(defn temp-folder
  "A new folder that is deleted at the end."
  ^File []
  (let [folder (.toFile (Files/createTempDirectory "flumelog-file-systems" (make-array FileAttribute 0)))]
    (later! #(when-not (some (fn [line] (str/includes? line (str " " folder "/"))) (str/split-lines (must "cat" "/proc/mounts")))
               (delete-folder! folder)))
    folder))

(defn- sub-folder ^File [folder name]
  (doto (io/file folder name) .mkdirs))

(defn- mounting
  "Mounts a file system at the folder by `(mount folder)`. Returns a folder for logs in it, and how to mount it again."
  [folder mount]
  (let [again (fn [] (mount folder) nil)]
    (later! #(unmount! folder))
    (again)
    {:folder (sub-folder folder "logs") :mount folder :again again}))

;; Images

(defn- image ^File [folder mebibytes & make]
  (let [file (io/file folder "image")]
    (must "truncate" "-s" (str mebibytes "M") file)
    (apply must (concat make [file]))
    file))

(defn- loop-mounted [type options mebibytes make]
  (fn []
    (let [folder (temp-folder), file (apply image folder mebibytes make)]
      (mounting (sub-folder folder "mount")
                #(must "mount" "-t" type "-o" (str/join "," (cons "loop" options)) file %)))))

(defn- with-quota []
  (let [{:keys [mount] :as mounted} ((loop-mounted "btrfs" [] 256 ["mkfs.btrfs" "-q"]))
        limited (io/file mount "limited")]
    (must "btrfs" "quota" "enable" mount)
    (must "btrfs" "subvolume" "create" limited)
    (must "btrfs" "qgroup" "limit" "24M" limited)
    (assoc mounted :folder (sub-folder limited "logs"))))

(defn- fuse-image [mebibytes make mount]
  (fn []
    (let [folder (temp-folder), device (must "losetup" "-f" "--show" (apply image folder mebibytes make))]
      (later! #(run-command "losetup" "-d" device))
      (mounting (sub-folder folder "mount") #(must mount device %)))))

;; File systems on top of another one, which is small and in memory, so that it can become full

(defn- small-tmpfs ^File [folder name]
  (let [lower (sub-folder folder name)]
    (must "mount" "-t" "tmpfs" "-o" "size=24m" "tmpfs" lower)
    (later! #(unmount! lower))
    lower))

(defn- over [mount]
  (fn []
    (let [folder (temp-folder), lower (small-tmpfs folder "lower")]
      (mounting (sub-folder folder "mount") #(mount lower %)))))

(defn- overlay [type same-file-system?]
  (fn []
    (let [folder (temp-folder), upper (small-tmpfs folder "upper")
          lower (sub-folder (if same-file-system? upper folder) "lower")
          options (str "lowerdir=" lower ",upperdir=" (sub-folder upper "upper") ",workdir=" (sub-folder upper "work"))]
      (sub-folder lower "logs")
      (mounting (sub-folder folder "mount")
                (if (= "overlay" type)
                  #(must "mount" "-t" "overlay" "-o" options "overlay" %)
                  #(must "fuse-overlayfs" "-o" options %))))))

(defn- gocryptfs []
  (let [folder (temp-folder), lower (small-tmpfs folder "lower"), cipher (sub-folder lower "cipher"), password (io/file folder "password")]
    (spit password "not a secret\n")
    (must "gocryptfs" "-q" "-init" "-passfile" password "-scryptn" "10" cipher)
    (mounting (sub-folder folder "mount") #(must "gocryptfs" "-q" "-passfile" password cipher %))))

(defn- encfs []
  (let [folder (temp-folder), lower (small-tmpfs folder "lower"), cipher (sub-folder lower "cipher")]
    (mounting (sub-folder folder "mount")
              #(must "sh" "-c" (str "echo password | encfs --standard -S " cipher " " %)))))

(defn- free-port []
  (with-open [socket (ServerSocket. 0)] (.getLocalPort socket)))

(defn- sshd!
  "Starts an SSH server on the loopback interface, with temporary keys. Returns [port key]."
  [^File folder]
  (let [file #(str (io/file folder ^String %)), port (free-port), command (first (filter #(.canExecute (io/file %)) ["/usr/sbin/sshd"]))]
    (run! #(must "ssh-keygen" "-q" "-t" "ed25519" "-N" "" "-f" (file %)) ["host" "user"])
    (.mkdirs (io/file "/run/sshd"))
    (spit (file "config") (str/join "\n" [(str "Port " port) "ListenAddress 127.0.0.1" (str "HostKey " (file "host"))
                                          (str "AuthorizedKeysFile " (file "user.pub")) "StrictModes no" "UsePAM no"
                                          "PermitRootLogin prohibit-password" "Subsystem sftp internal-sftp"
                                          (str "PidFile " (file "pid")) ""]))
    (let [^List words [command "-D" "-q" "-f" (file "config")], process (.start (ProcessBuilder. words))]
      (later! #(.destroy process)))
    (Thread/sleep 1000)
    [port (file "user")]))

(defn- sshfs []
  (let [folder (temp-folder), lower (small-tmpfs folder "lower"), [port key] (sshd! folder)]
    (mounting (sub-folder folder "mount")
              #(must "sshfs" "-p" port "-o" (str "IdentityFile=" key ",StrictHostKeyChecking=no,UserKnownHostsFile=/dev/null")
                     (str "root@127.0.0.1:" lower) %))))

;; Read-only

(defn- packed [type make]
  (fn [^File prepared]
    (let [folder (temp-folder), file (io/file folder "image")]
      (make prepared file)
      (mounting (sub-folder folder "mount") #(must "mount" "-t" type "-o" "loop,ro" file %)))))

(defn- read-only-bind [^File prepared]
  (mounting (sub-folder (temp-folder) "mount")
            #(do (must "mount" "--bind" prepared %)
                 (must "mount" "-o" "remount,bind,ro" %))))

(def all
  "The file systems: for each its name, the tools that it needs with their packages, the function that makes it, and the
   kernel's name of its type."
  [{:name "ext2" :type "ext2" :needs {"mkfs.ext2" "e2fsprogs"} :make (loop-mounted "ext2" [] 48 ["mkfs.ext2" "-q" "-F"])}
   {:name "ext4" :type "ext4" :needs {"mkfs.ext4" "e2fsprogs"} :make (loop-mounted "ext4" [] 48 ["mkfs.ext4" "-q" "-F"])}
   {:name "ext4-writeback" :type "ext4" :needs {"mkfs.ext4" "e2fsprogs"} :make (loop-mounted "ext4" ["data=writeback"] 48 ["mkfs.ext4" "-q" "-F"])}
   {:name "ext4-no-journal" :type "ext4" :needs {"mkfs.ext4" "e2fsprogs"} :make (loop-mounted "ext4" [] 48 ["mkfs.ext4" "-q" "-F" "-O" "^has_journal"])}
   {:name "xfs" :type "xfs" :needs {"mkfs.xfs" "xfsprogs"} :make (loop-mounted "xfs" [] 320 ["mkfs.xfs" "-q"])}
   {:name "btrfs" :type "btrfs" :needs {"mkfs.btrfs" "btrfs-progs"} :make (loop-mounted "btrfs" [] 128 ["mkfs.btrfs" "-q"])}
   {:name "btrfs-quota" :type "btrfs" :needs {"mkfs.btrfs" "btrfs-progs"} :make with-quota}
   {:name "tmpfs" :type "tmpfs" :needs {} :forgets true
    :make (fn [] (let [lower (small-tmpfs (temp-folder) "mount")] {:folder (sub-folder lower "logs") :mount lower}))}
   {:name "overlayfs" :type "overlay" :needs {} :make (overlay "overlay" true)}
   {:name "overlayfs-elsewhere" :type "overlay" :needs {} :make (overlay "overlay" false)}
   {:name "bindfs" :needs {"bindfs" "bindfs"} :make (over #(must "bindfs" %1 %2))}
   {:name "gocryptfs" :needs {"gocryptfs" "gocryptfs"} :make gocryptfs}
   {:name "encfs" :needs {"encfs" "encfs"} :make encfs}
   {:name "ntfs-3g" :needs {"mkfs.ntfs" "ntfs-3g" "ntfs-3g" "ntfs-3g"} :make (fuse-image 48 ["mkfs.ntfs" "-q" "-f" "-F"] "ntfs-3g")}
   {:name "exfat-fuse" :needs {"mkfs.exfat" "exfatprogs" "mount.exfat-fuse" "exfat-fuse"} :make (fuse-image 48 ["mkfs.exfat"] "mount.exfat-fuse")}
   {:name "mergerfs" :needs {"mergerfs" "mergerfs"} :make (over #(must "mergerfs" "-o" "cache.files=auto-full,minfreespace=0" %1 %2))}
   {:name "mergerfs-off" :needs {"mergerfs" "mergerfs"} :make (over #(must "mergerfs" "-o" "cache.files=off,minfreespace=0" %1 %2))}
   {:name "sshfs" :needs {"sshfs" "sshfs" "sshd" "openssh-server" "ssh-keygen" "openssh-client"} :make sshfs}
   {:name "fuse-overlayfs" :needs {"fuse-overlayfs" "fuse-overlayfs"} :make (overlay "fuse" true)}
   {:name "squashfs" :type "squashfs" :needs {"mksquashfs" "squashfs-tools"} :read-only true
    :make (packed "squashfs" #(must "mksquashfs" %1 %2 "-quiet" "-no-progress"))}
   {:name "erofs" :type "erofs" :needs {"mkfs.erofs" "erofs-utils"} :read-only true :make (packed "erofs" #(must "mkfs.erofs" %2 %1))}
   {:name "read-only-bind" :needs {} :read-only true :make read-only-bind}])

(defn- fuse? [{:keys [type read-only]}]
  (not (or type read-only)))

(defn packages
  "The Debian packages that the file systems need and that are not installed."
  [file-systems]
  (sort (distinct (for [{:keys [needs] :as fs} file-systems
                        [tool package] (cond-> needs (fuse? fs) (assoc "fusermount3" "fuse3"))
                        :when (not (on-path? tool))]
                    package))))

(defn missing
  "Why a file system can't be made on this machine, or nil."
  [{:keys [type] :as fs}]
  (cond
    (not= "Linux" (System/getProperty "os.name")) "needs Linux"
    (not= "root" (System/getProperty "user.name")) "needs root"
    (seq (packages [fs])) (str "needs the package " (str/join ", " (packages [fs])))
    (and (not type) (fuse? fs) (not (.exists (io/file "/dev/fuse")))) "needs /dev/fuse"
    (and type (not (re-find (re-pattern (str "(?m)\t" type "$")) (must "cat" "/proc/filesystems")))
         (not= 0 (first (run-command "modprobe" type)))) (str "the kernel has no " type)
    (and (not (#{"tmpfs" "overlay"} type)) (not= 0 (first (run-command "losetup" "-f")))) "needs a free loop device"))

(defn mount!
  "Makes and mounts a file system. A read-only one has the content of the folder `prepared`. In the result, :folder is
   the folder for logs."
  [{:keys [make read-only]} prepared]
  (if read-only (make prepared) (make)))

(defn remount!
  "Unmounts a file system that `mount!` returned, and mounts it again."
  [{:keys [mount again]}]
  (unmount! mount)
  (again))

(defn install!
  "Installs Debian packages with apt-get, and prints that first. Does nothing without root or apt-get."
  [packages]
  (when (and (seq packages) (= "root" (System/getProperty "user.name")) (on-path? "apt-get"))
    (println "installing these packages with apt-get:" (str/join " " packages))
    (flush)
    (run-command "apt-get" "update" "-q")
    (doseq [package packages]          ; one by one: one that can't be found must not stop the others
      (let [[exit output] (run-command "env" "DEBIAN_FRONTEND=noninteractive" "apt-get" "install" "-y" "-q"
                                       "--no-install-recommends" package)]
        (when-not (zero? (long exit))
          (println "could not install" (str package ":") (last (str/split-lines output))))))))

(defn version-of
  "The version of a Debian package, or nil."
  [package]
  (let [[exit output] (run-command "dpkg-query" "-W" "-f=${Version}" package)]
    (when (= 0 exit) output)))
