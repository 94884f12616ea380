(ns flumelog.test-disk
  "A disk in memory that can lose power and whose calls can fail: for tests of flumelog, and of programs that use it.

     (let [d (disk)]
       (with-open [log (open d \"a.log\" {:sync :each})]
         (flumelog.core/append! log :kept))
       (with-open [log (open (lose-power d 42) \"a.log\")]
         (vec log)))   ;=> [:kept]

   * `disk`, `open`, `contents`, `put-contents`, `files`: a disk, the logs and the files on it
   * `kill`: the disk as the next process finds it; `lose-power`, `every-power-loss`: as it is found after a power loss
   * `break-at!`: the power goes at a call; `fail!`: a call fails; `hold!`: a call waits; `heal!`: no more of these
   * `calls`: the number of calls so far

   A power loss never changes bytes that were forced. A seed decides what becomes of the others: they are lost, kept,
   torn or reordered. Each write is divided into sectors. Each sector of the file may have the content that it had at
   any time since the last force, and the file may have the size that the writes gave it or a smaller one. (With sectors
   of one byte, the disk has everything up to some byte of some write.) Stores to shared memory, which a write buffer
   makes, count as a write at the next call. A file that `openForWriting` created keeps its name from its return on. A
   deleted file may come back, and one that `openPart` created may be gone, until a file is created or renamed.

   After a force that failed, as on Linux, the bytes that it should have written may be lost: they can still be read,
   but they are not on disk even after a later force that succeeds, unless they were written again in between."
  (:require [clojure.string :as str]
            [flumelog.options :refer [open-with]]
            [flumelog.test-disk.power-loss :as loss]
            [flumelog.print]
            [flumelog.test-disk.stores :refer [notice-stores]])
  (:import (flumelog.error OptionFailures)
           (flumelog.file LogFile LogFolder SharedMemory Stamp WriterLock)
           (flumelog.log OffsetLog)
           (java.io FileNotFoundException IOException)
           (java.nio ByteBuffer)
           (java.util Random)))

(set! *warn-on-reflection* true)

;; The state is {:files {name file}, :gone {name file}, :calls {kind n}, :break-at n, :faults [...], :holds [...]}. The
;; files in :gone were deleted and may come back. A file is {:now bytes, :durable bytes, :pending [op ...], :id n,
;; :memory buffer}, where the buffer is its shared memory. An op is [:write position bytes] or [:truncate size]: see
;; flumelog.test-disk.power-loss.

(defn disk
  "A new, empty disk.

     (files (disk))   ;=> ()"
  []
  (atom {:files {} :calls {} :faults []}))

;; Stores to a file's shared memory are recorded as writes at every call.

(defn- notice! [disk]
  (swap! disk update :files update-vals notice-stores))

(defn contents
  "The bytes of a file as programs see them now, or nil when there is no such file.

     (vec (contents (put-contents d \"b.log\" (byte-array [1 2])) \"b.log\"))   ;=> [1 2]"
  ^bytes [disk name]
  (get-in (notice! disk) [:files name :now]))

(defonce ^{:private true :doc "Counts the changes of all files. Its value is the time in their stamps."} clock (atom 0))

(defn- tick [file]
  (assoc file :changed (swap! clock inc)))

(defn put-contents
  "Puts a file on the disk; all its bytes are durable. Returns the disk.

     (files (put-contents d \"b.log\" (byte-array 3)))   ;=> (\"b.log\")"
  [disk name ^bytes data]
  (swap! disk assoc-in [:files name] (tick {:now data :durable data :pending [] :id (hash name)}))
  disk)

(defn files
  "The names of the files, sorted.

     (do (.close (open d \"a.log\")) (first (files d)))   ;=> \"a.log\""
  [disk]
  (sort (keys (:files @disk))))

(load "test_disk/faults")
(load "test_disk/folder")
(load "test_disk/outage")
