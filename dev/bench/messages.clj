(ns bench.messages
  "Messages like those of Scuttlebutt, made from a seed: the same on every machine; 500 authors, 12 types, about 133 MB for
   200,000. `make!` writes them."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [flumelog.core :as log])
  (:import (java.util SplittableRandom)))

(set! *warn-on-reflection* true)

(def ^:private authors 500)
(def ^:private asked-authors "Of how many authors the newest messages are looked up." 20)
(def ^:private followed 3000)
(def ^:private appended 10000)

(def ^:private types
  "The twelve types, and how many of a hundred messages are of each."
  [["vote" 36] ["post" 32] ["contact" 12] ["about" 5] ["channel" 4] ["pub" 3] ["tag" 2] ["blog" 2] ["gathering" 1]
   ["git-update" 1] ["image" 1] ["mention" 1]])

(def ^:private type-of-hundred (vec (mapcat (fn [[type n]] (repeat n type)) types)))

(def ^:private ^String digits "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")

(def ^:private words
  ["log" "offset" "append" "only" "the" "a" "message" "of" "and" "gossip" "feed" "sequence" "peer" "block" "is" "not"
   "read" "written" "hello" "world" "scuttle" "butt" "replicate" "signed" "hash" "key" "with" "from" "until" "every"])

(defn- put-digits! [^StringBuilder out ^SplittableRandom random n]
  (dotimes [_ n] (.append out (.charAt digits (.nextInt random 64)))))

(defn- put-key! [^StringBuilder out random before n after]
  (.append out ^String before)
  (put-digits! out random n)
  (.append out ^String after))

(defn author
  "The name of the author with this number."
  [n]
  (let [out (StringBuilder.)]
    (put-key! out (SplittableRandom. (+ 7000 (long n))) "@" 43 "=.ed25519")
    (str out)))

(def ^:private names (mapv author (range authors)))

(defn- put-words! [^StringBuilder out ^SplittableRandom random bytes]
  (let [end (+ (.length out) (long bytes))]
    (while (< (.length out) end)
      (.append out ^String (nth words (.nextInt random (count words))))
      (.append out (if (zero? (.nextInt random 20)) "\\n" " ")))))

(defn- put-content! [^StringBuilder out ^SplittableRandom random type]
  (.append out (str "{\"type\":\"" type "\","))
  (case type
    "vote" (do (put-key! out random "\"channel\":null,\"vote\":{\"link\":\"%" 43 "=.sha256\"")
               (.append out ",\"value\":1,\"expression\":\"Like\"}"))
    "contact" (.append out (str "\"contact\":\"" (nth names (.nextInt random authors)) "\",\"following\":true"))
    (do (when (zero? (.nextInt random 2)) (put-key! out random "\"root\":\"%" 43 "=.sha256\","))
        (.append out "\"text\":\"")
        (put-words! out random (+ 20 (.nextInt random (if (zero? (.nextInt random 4)) 1360 350))))
        (.append out "\",\"mentions\":[]")))
  (.append out "}"))

(defn- message
  "The message with this number as JSON, and the number of its author."
  [^long n ^longs sequences]
  (let [random (SplittableRandom. n), out (StringBuilder. 1024)
        author (int (* authors (Math/pow (.nextDouble random) 2.5)))
        time (+ 1450000000000 (* n 30000))]
    (aset sequences author (inc (aget sequences author)))
    (put-key! out random "{\"key\":\"%" 43 "=.sha256\",\"value\":{")
    (put-key! out random "\"previous\":\"%" 43 "=.sha256\"")
    (.append out (str ",\"author\":\"" (nth names author) "\",\"sequence\":" (aget sequences author) ",\"timestamp\":" time
                      ",\"hash\":\"sha256\",\"content\":"))
    (put-content! out random (nth type-of-hundred (.nextInt random 100)))
    (put-key! out random ",\"signature\":\"" 86 "==.sig.ed25519\"}")
    (.append out (str ",\"timestamp\":" (+ time (.nextInt random 20000)) "}"))
    (str out)))

(defn- spit-lines [folder name lines]
  (with-open [out (io/writer (io/file folder name))]
    (doseq [^String line lines] (.write out line) (.write out "\n"))))

(defn make!
  "Makes a folder, unless it is there, with `a.log`, so many messages; `more`, that go on behind them; `follow`, that go on
   behind these; `authors`, the names of some authors who wrote often or seldom; `author.txt`, one of them."
  [folder records]
  (when-not (.exists (io/file folder "done"))
    (let [path (str (io/file folder "a.log")), sequences (long-array authors)]
      (io/make-parents (io/file path))
      (io/delete-file path true)
      (with-open [l (log/open path {:codec :utf8 :sync :none})]
        (transduce (map #(message % sequences)) (log/appending l) (range records)))
      (log/drop-side-files! path)
      (spit-lines folder "more" (map #(message % sequences) (range records (+ records appended))))
      (spit-lines folder "follow" (map #(message (+ records appended (long %)) sequences) (range followed)))
      (let [asked (take-nth (quot 100 asked-authors) names)]
        (spit-lines folder "authors" (take asked-authors asked))
        (spit (io/file folder "author.txt") (nth names 5)))
      (spit (io/file folder "done") (str/join "\n" ["made by bench.messages" records])))))
