;; flumelog in five minutes.
;;
;; A week of earthquakes in one file: the 1,707 seismic events that the U.S. Geological Survey recorded from
;; 31 January to 7 February 2018 (public domain, from the npm package vega-datasets). The file was written by the
;; JavaScript module flumelog-offset itself, as JSON. Here is a copy of it to play with.
(ns tour
  (:require [clojure.java.io :as io]
            [flumelog.core :as log]
            [flumelog.db :as db]
            [flumelog.view :as view])
  (:import (java.io File RandomAccessFile)
           (java.nio.file Files)
           (java.nio.file.attribute FileAttribute)))

(def folder (.toFile (Files/createTempDirectory "flumelog-tour" (make-array FileAttribute 0))))
(def path (str (io/file folder "earthquakes.log")))
(io/copy (io/file "dev/data/earthquakes.log") (io/file path))

;; 1. Open it. Which framing it has, and how wide its offsets are, is read from the file.
(def quakes (log/open path {:codec :json}))
quakes
;=> #flumelog/Log[".../earthquakes.log" {:since 546453 :end 546772 :framing :flume :offset-bits 53}]

;; 2. A log is a collection of its values, oldest first ...
(:place (first quakes))
;=> "37km NNE of Amboy, Washington"
(frequencies (map :type quakes))
;=> {"earthquake" 1679, "quarry blast" 13, "explosion" 15}

;; ... and newest first. However long the log is, this reads the last block of the file and decodes three records.
(into [] (comp (take 3) (map (juxt :mag :place))) (rseq quakes))
;=> [[2 "4km W of Castaic, CA"] [1.6 "2km E of San Marino, CA"] [0.54 "11km NE of Aguanga, CA"]]

;; 3. It reduces, without making a seq and in constant memory.
(transduce (comp (filter #(= "earthquake" (:type %))) (keep :mag)) max 0 quakes)
;=> 6.4
(defn stronger [a b] (if (< (or (:mag (val a)) -9) (or (:mag (val b)) -9)) b a))
(def strongest (reduce stronger (log/entries quakes)))
((juxt key (comp :place val)) strongest)
;=> [523634 "22km NNE of Hualian, Taiwan"]

;; 4. The key of a record is its offset: the position of its first byte. Reading by key is one seek.
(:mag (get quakes (key strongest)))
;=> 6.4
(get quakes 7)
;=> nil   ; no record starts there
(log/fetch quakes 7)
;=> throws offset 7 is not the start of a record in ..., which ends at 546772

;; The records before and after it: entries are sorted by offset.
(map (comp :place val) (take 2 (rsubseq (log/entries quakes) < (key strongest))))
;=> ("13km WNW of Anza, CA" "10km NE of Aguanga, CA")
(map (comp :place val) (subseq (log/entries quakes {:limit 3}) > 0))
;=> ("20km NNE of Lima, Montana" "50km NNW of Sangiang, Indonesia")

;; 5. Append. The result is the offset. `since` is the offset of the last record, and can be watched.
(add-watch (log/since quakes) :tour (fn [_ _ before now] (println "since went from" before "to" now)))
(log/append! quakes {:type "earthquake" :mag 0.1 :place "the next room"})
;=> 546772
(log/append-all! quakes [{:type "footstep"} {:type "footstep"}])
;=> [546843 546878]
@(log/since quakes)
;=> 546878

;; The records may not be on disk yet: by default they are forced within 100 ms. `sync!` forces them now; so does each
;; append of a log that is opened with {:sync :each}.
(log/sync! quakes)
(= @(log/since quakes) @(log/durable quakes))
;=> true

;; 6. Delete. The data is overwritten with zeros, in place.
(log/delete! quakes [546843 546878])
;=> 2
(:place (first (rseq quakes)))
;=> "the next room"

;; 7. A log has one writer at a time.
(log/open path)
;=> throws .../earthquakes.log is open for writing in this process (pid ...); close it there, or open it for reading
(log/open path {:cache-size 100})
;=> throws unknown option :cache-size; did you mean :cache-blocks? Known: ...

;; 8. A power loss: we cut the last 20 bytes off the file.
(log/close! quakes)
(with-open [file (RandomAccessFile. path "rw")] (.setLength file (- (.length file) 20)))
(def quakes (log/open path {:codec :json}))
(log/recovery quakes)
;=> {:tail :torn, :frames 1709, :end 546878, :size 546893, :cut-bytes 15, ... :kept ".../earthquakes.log.torn-546878", ...}
(log/append! quakes {:type "aftershock"})
;=> 546878

;; 9. A frame in the file: length, data, length, and the position where the frame ends. It can be read in both
;; directions.
(defn hex [bytes] (apply str (map #(format "%02x " %) bytes)))
(def small (log/open (str (io/file folder "small.log")) {:codec :utf8 :offset-bits 32}))
(log/append! small "hello")
(hex (Files/readAllBytes (.toPath (io/file folder "small.log"))))
;=> "00 00 00 05 68 65 6c 6c 6f 00 00 00 05 00 00 00 11 "

;; 10. Deleted records still take space in the file. Compacting frees it; the offsets change.
(log/close! quakes)
(log/compact! path)
;=> {:frames 1709, :deleted 1, :freed-bytes 35, :end 546880}
(def quakes (log/open path {:codec :json}))

;; 11. What would you ask of a week of earthquakes? Views know it, are kept up to date, and are on disk.
(defn region [quake] (some->> (:place quake) (re-find #"[^, ][^,]*$") vector))
(def seen (db/open quakes {:dir   (str (io/file folder "views"))
                           :views {:types     (view/reduce {:init {} :step (fn [n _ quake] (update n (:type quake) (fnil inc 0)))})
                                   :magnitude (view/index {:keys [[:mag]]})
                                   :region    (view/index {:keys region})}}))

;; Which were the strongest? Only the records that are shown are read.
(mapv (juxt :mag :place) (view/lookup (:magnitude seen) {:gte 6.1} {:reverse true :as :values}))
;=> [[6.4 "22km NNE of Hualian, Taiwan"] [6.1 "21km NNE of Hualian, Taiwan"] [6.1 "35km S of Jarm, Afghanistan"]]

;; How many were in Taiwan, and where in Hawaii was the last one?
(view/count (:region seen) "Taiwan")
;=> 20
(mapv :place (view/lookup (:region seen) "Hawaii" {:reverse true :limit 1 :as :values}))
;=> ["5km SW of Volcano, Hawaii"]

;; And now? A reading waits for what was appended before it.
(log/append! quakes {:type "earthquake" :mag 4.8 :place "20km E of Hualian, Taiwan"})
(view/count (:region seen) "Taiwan")
;=> 21
@(:types seen)
;=> {"earthquake" 1681, "quarry blast" 13, "explosion" 15, "aftershock" 1}

;; That is all. Delete the copy, now or when you leave:
(defn clean-up! []
  (db/close seen)
  (run! log/close! [small quakes])
  (run! #(.delete ^File %) (reverse (file-seq folder))))
(when-not (System/getenv "FLUMELOG_REPL") (clean-up!))
