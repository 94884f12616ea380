(ns ^:no-doc flumelog.stats.text
  "What `flumelog.stats/stats` returns as lines for a terminal."
  (:require [clojure.string :as str]
            [flumelog.stats.times :as times]
            [flumelog.stats.words :as words]))

(set! *warn-on-reflection* true)

(def ^:private ^:const wide 60)

(defn- spaces
  "What the text lacks to be n wide."
  [text n]
  (str/join (repeat (- (long n) (count text)) " ")))

(defn- right [text n] (str (spaces text n) text))

(defn- left [text n] (str text (spaces text n)))

(defn- bar
  "A bar of so much of the highest, at most `columns` wide; a line where there is only a little."
  [n highest columns]
  (let [eighths (long (Math/round (/ (* 8.0 (double columns) (double n)) (double (max 1 (long highest))))))
        eighths (if (pos? (long n)) (max 1 eighths) 0)]
    (str (str/join (repeat (quot eighths 8) "█")) (nth ["" "▏" "▎" "▍" "▌" "▋" "▊" "▉"] (rem eighths 8)))))

(defn- bars
  "A line for each `[label n]`, with the labels and the numbers in columns."
  [items]
  (let [highest (reduce max 1 (map second items))
        labels (reduce max 1 (map (comp count first) items)), numbers (reduce max 1 (map (comp count words/number second) items))]
    (for [[label n] items]
      (str/trimr (str "  " (left label labels) "  " (right (words/number n) numbers) "  " (bar n highest 30))))))

;; The file

(defn- merged
  "The strip in n cells, each `[live deleted neither]` in bytes."
  [{:keys [strip]} n]
  (let [n (min (long n) (count strip))
        group (fn [i] (subvec strip (quot (* (long i) (count strip)) n) (quot (* (inc (long i)) (count strip)) n)))]
    (for [i (range n), :let [cells (group i), sum #(reduce + (map % cells)), live (long (sum :live)), deleted (long (sum :deleted))]]
      [live deleted (- (long (sum #(- (long (:to %)) (long (:from %))))) live deleted)])))

(def ^:private behind {:torn "!", :corrupt "×", :room "·"})

(defn- cell [state [live deleted neither]]
  (let [live (long live), deleted (long deleted), share (/ (double live) (max 1.0 (double (+ live deleted))))]
    (cond
      (> (long neither) (+ live deleted)) (behind state " ")
      (> share 0.99) "█"
      (> share 0.66) "▓"
      (> share 0.33) "▒"
      (> share 0.01) "░"
      :else "_")))

(defn- strip
  "The file on one line. The end is marked even where it is too short for a cell."
  [{:keys [size tail] :as stats}]
  (let [cells (mapv (partial cell (:state tail)) (merged stats wide))
        cells (if (behind (:state tail)) (assoc cells (dec (count cells)) (behind (:state tail))) cells)]
    [(str "  " (str/join cells))
     (str "  0" (right (words/size size) (max 1 (dec (count cells)))))]))

(defn- tail [{{:keys [state bytes]} :tail}]
  (case state
    :none nil
    :torn (str "  behind them  " (words/counted bytes "byte") " of an append that is under way or was cut short")
    :room (str "  behind them  " (words/counted bytes "byte") " of zeros that a writer keeps ready")
    :corrupt (str "  damaged      the last " (words/counted bytes "byte") ", which were not read")))

(defn- legend [{:keys [deleted tail]}]
  (when (or (pos? (long deleted)) (behind (:state tail)))
    (str "  █ live" (when (pos? (long deleted)) "   _ deleted   ░▒▓ partly")
         (some->> (behind (:state tail)) (str "   ") (#(str % " " ({:torn "torn" :corrupt "damaged" :room "room"} (:state tail))))))))

(defn- overview [{:keys [path size framing offset-bits codec records deleted live-bytes deleted-bytes frame-bytes] :as stats}]
  (let [numbers (map words/number [records deleted]), width (reduce max (map count numbers))]
    [(str path ": " (words/size size) ", " framing (when offset-bits (str " with " offset-bits "-bit offsets")) ", codec " codec)
     ""
     (str "  records      " (right (first numbers) width) "   " (words/size live-bytes) ", of which " (words/size frame-bytes) " are frames")
     (str "  deleted      " (right (second numbers) width) "   " (words/size deleted-bytes) ", " (words/percent deleted-bytes size) " of the file")
     (tail stats)]))

;; The other parts

(defn- part [title lines]
  (when (seq lines) (concat ["" title] lines)))

(defn- sizes [{:keys [sizes histogram]}]
  (when-let [{:keys [smallest median p99 largest]} sizes]
    (part (str "sizes: smallest " (words/number smallest) ", median " (words/number median) ", 99th percentile " (words/number p99)
               ", largest " (words/size largest))
          (let [digits (reduce max (map (comp count words/number :to) histogram))]
            (bars (for [{:keys [from to records]} histogram]
                    [(str (right (words/number from) digits) " to " (right (words/number to) digits)) records]))))))

(def ^:private ^:const most-times 20)

(defn- time-line [{:keys [time]}]
  (when-let [{:keys [path span-ms backwards spans]} time]
    (part (str "time: " (words/path path) ", from " (words/moment (:at (first spans)) span-ms) " to " (words/moment (:at (peek spans)) span-ms) " UTC"
               (when (pos? (long backwards)) (str "; " (words/counted backwards "record") " came after others with a later time")))
          (bars (map (fn [[at records]] [(words/moment at span-ms) records]) (times/groups time most-times))))))

(defn- listed [title error items]
  (part (str title (when (pos? (long error)) (str "; a number may be too low by " (words/number error))))
        (bars (take 15 items))))

(defn- types [{:keys [types kinds]}]
  (if types
    (listed (str "types: " (words/path (:path types))) (:error types) (map (juxt (comp words/item :item) :records) (:values types)))
    (listed "kinds of values" 0 (map (juxt (comp words/item :item) :records) kinds))))

(defn- keys-of [{:keys [keys keys-error]}]
  (listed "keys" keys-error (map (juxt (comp words/path :item) :records) keys)))

(defn- how [{:keys [records decoded undecodable]}]
  (when (or (pos? (long undecodable)) (not= (+ (long decoded) (long undecodable)) (long records)))
    ["" (str (words/number decoded) " of " (words/counted records "record") " were decoded, evenly taken from the log"
             (when (pos? (long undecodable)) (str "; " (words/number undecodable) " more could not be")))]))

(defn lines [{:keys [size] :as stats}]
  (remove nil? (concat (overview stats)
                       (when (pos? (long size)) (cons "" (concat (strip stats) [(legend stats)])))
                       (sizes stats) (time-line stats) (types stats) (keys-of stats) (how stats))))
