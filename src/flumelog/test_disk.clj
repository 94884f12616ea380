(ns flumelog.test-disk
  "A disk in memory on which power is lost and calls fail: for tests of flumelog, and of programs that use it.

     (let [d (disk)]
       (with-open [log (open d \"a.log\" {:sync :each})]
         (flumelog.core/append! log :kept))
       (with-open [log (open (lose-power d 42) \"a.log\")]
         (vec log)))   ;=> [:kept]

   * `disk`, `open`, `contents`, `put-contents`: files and logs on it
   * `kill`: the disk as a new process finds it; `lose-power`: as a machine finds it that was switched off
   * `break-at!`, `fail!`, `hold!`: the call at which the power goes, calls that fail, calls that wait
   * `calls`: how many there were

   What was not forced is lost, kept, torn and reordered as a seed says: each write is taken apart into sectors, and each
   sector may be on disk as it was at any time, as may be the size that they would have given the file. (With sectors of
   one byte, all is on disk up to any byte of any write.) What is stored to shared memory, as a
   write buffer does, is a write at the next call. A file that `openForWriting` created keeps its name once that
   returned; one that was deleted may come back, until a file is created or renamed. Nothing that was forced is touched.

   What a force that failed was to write may be lost, as on Linux: it is read as if it were there, and is not on disk
   after a force that succeeds, unless it was written again in between."
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

;; The state: {:files {name file}, :gone {name file}, :calls {kind n}, :break-at n, :faults [...]}, where :gone has files
;; that were deleted and may come back, and a file is {:now bytes, :durable bytes, :pending [op ...], :id n, :memory what
;; is stored to}. An op is [:write position bytes] or [:truncate size]; see flumelog.test-disk.power-loss.

(defn disk
  "A new, empty disk.

     (files (disk))   ;=> ()"
  []
  (atom {:files {} :calls {} :faults []}))

;; Memory that is the content of a file: what was stored is noticed as writes, at every call.

(defn- notice! [disk]
  (swap! disk update :files update-vals notice-stores))

(defn contents
  "The bytes of a file as programs see them now, or nil.

     (vec (contents (put-contents d \"b.log\" (byte-array [1 2])) \"b.log\"))   ;=> [1 2]"
  ^bytes [disk name]
  (get-in (notice! disk) [:files name :now]))

(defonce ^{:private true :doc "Counts all changes of all files: the time of their stamps."} clock (atom 0))

(defn- tick [file]
  (assoc file :changed (swap! clock inc)))

(defn put-contents
  "Puts a file on the disk, all of it durable; returns the disk.

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
