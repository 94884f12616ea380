(ns flumelog.buffered
  "Logs with a write buffer, on a disk of `flumelog.test-disk`: for the tests of the buffer's content, and of the buffer
   that a killed process leaves."
  (:require [flumelog.test-disk :as disk]))

(set! *warn-on-reflection* true)

(def file "a.log")
(def side "a.log.buffer")
(def layout
  "Where in a write buffer's file the parts lie that tests read, cut or spoil, in bytes: see the Javadoc of `BufferFile`.
   Numbers are of 8 bytes; the bytes of the log begin where the header ends."
  {:magic 0, :before 8, :base 16, :commit 24, :header-bytes 512})

(def buffered {:codec :utf8 :sync :none :write-buffer-bytes 4096})
(def plain {:codec :utf8})

(defn text [n] (str n (.repeat "." (rem (* 37 (long n)) 900))))

(defn values-of [disk options]
  (with-open [l (disk/open disk file options)] (into [] l)))

(defn length [disk name] (alength (disk/contents disk name)))
