(ns bench.views.table
  "The results of bin/bench --views as a table of Markdown: `text`."
  (:require [bench.report :as report]
            [bench.stats :as stats]
            [clojure.string :as str]))

(set! *warn-on-reflection* true)

(def ^:private rows
  "Ours, what it is called, and the peers beside it."
  [["reduce" "count by type" ["flumeview-reduce"]]
   ["index" "index by author" ["flumeview-level" "jitdb-author"]]
   ["bitmap" "bitmap of type" ["jitdb-type"]]])

(def ^:private peer-names
  {"flumeview-reduce" "flumeview-reduce 1.4.0", "flumeview-level" "flumeview-level 4.0.4"
   "jitdb-author" "jitdb 7.0.7, a bit set for the author", "jitdb-type" "jitdb 7.0.7, a bit set for the type"})

(def ^:private measures
  [[:first :millis 1 "the first answer of a new view, ms"]
   [:first :bytes 1/1024 "on disk, KiB"]
   [:more :millis 1 "the first answer after 10,000 more, ms"]
   [:newest :millis 1000 "the newest ten of an author, with values, us"]
   [:follow :millis 1 "append, then read, ms"]])

(defn- figures
  "{[run round] figure} of a peer."
  [lines records peer measure what scale]
  (into {} (for [line lines
                 :when (and (= [records peer measure] ((juxt :records :peer :measure) line)) (what line))]
             [[(:run line) (:round line)] (* scale (double (what line)))])))

(defn- cell [ours theirs]
  (when (seq theirs)
    (let [numbers (vals theirs), ratio (stats/ratio :millis ours theirs)]
      (str (report/number (stats/median numbers))
           (when (next numbers) (str " (" (report/number (apply min numbers)) ".." (report/number (apply max numbers)) ")"))
           (when (and ratio (not (identical? ours theirs))) (str ", " (report/number ratio) " x"))))))

(defn- line [cells] (str "| " (str/join " | " cells) " |"))

(defn- size-lines [lines records]
  (for [[ours title peers] rows
        [measure what scale label] measures
        :let [figures-of #(figures lines records % measure what scale), mine (figures-of ours)]
        peer peers
        :let [theirs (figures-of peer)]
        :when (or (seq mine) (seq theirs))]
    (line [(str (format "%,d" records) ", " title ": " label) (or (cell mine mine) "-") (peer-names peer) (or (cell mine theirs) "-")])))

(defn- answers
  "{[records run round measure] answer} of a peer."
  [lines peer]
  (into {} (for [line lines :when (and (:answer line) (= peer (:peer line)))]
             [((juxt :records :run :round :measure) line) (:answer line)])))

(defn- disagreements
  "A sentence for each peer that gave other answers than flumelog."
  [lines]
  (for [[ours title peers] rows, peer peers
        :let [mine (answers lines ours), theirs (answers lines peer)
              both (filter mine (keys theirs)), differ (remove #(= (mine %) (theirs %)) both)]
        :when (seq differ)]
    (str (peer-names peer) " gave another answer than flumelog in " (count differ) " of " (count both) " steps of " title ": "
         (str/join ", " (sort (distinct (map (comp name last) differ)))) ".")))

(defn text
  "The table: a line for each measure and peer, with the median, the lowest and the highest round. Behind the peer's
   figure stands by how many times ours is better, the median of the ratios within each round. What failed follows."
  [lines]
  (let [lines (filter :measure lines)
        loads (keep :load lines)]
    (str/join
     "\n"
     (concat
      [(line ["" "flumelog" "beside" ""]) (line ["---" "---:" "---" "---:"])]
      (mapcat #(size-lines lines %) (sort (distinct (map :records lines))))
      [""]
      (map #(str "* " %) (concat (distinct (keep :failed lines)) (disagreements lines)))
      (when (seq loads)
        [(str "Load of the machine before each step: " (report/number (apply min loads)) " to " (report/number (apply max loads)) ".")])))))
