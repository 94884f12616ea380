(ns bench.report
  "Reports of results: `table`, the measures with medians, spreads and ratios as data; `text`, the table for people."
  (:require [bench.peers :as peers]
            [bench.rows :as rows]
            [bench.stats :as stats]
            [clojure.string :as str]))

(set! *warn-on-reflection* true)

(defn- role [peer] (get-in peers/peers [peer :role]))

(defn- entry [unit ours [peer by-round]]
  (let [values (vals by-round)]
    {:peer peer :median (stats/median values) :spread (stats/spread values) :rounds (count values)
     :ratio (when (and ours (not (identical? ours by-round))) (stats/ratio unit ours by-round))}))

(defn best-ours
  "The values by round of flumelog to which the targets apply: those of the row's `:ours`, or else of Java, or else of
   Clojure; nil if none was measured."
  [row by-peer]
  (some #(get by-peer %) [(:ours row) :flumelog :flumelog-clj]))

(defn- target-for
  "The factor that a target demands at that temperature, or nil."
  [target temperature]
  (if (map? target) (get target temperature) (when (not= :cold temperature) target)))

(defn against
  "The entry to which a target compares: that of the named peer, or for :best that of the best peer."
  [entries name]
  (if (= :best name)
    (->> entries (filter #(and (= :peer (role (:peer %))) (:ratio %))) (sort-by :ratio) first)
    (first (filter #(and (= name (:peer %)) (:ratio %)) entries))))

(defn- own-targets
  "The results of targets that compare flumelog with itself: in another row, or in the same row on another workload.
   Targets that were not measured are left out."
  [cells [row-id workload & more :as key] {:keys [unit than level] :as row} temperature]
  (let [here (get cells key), ours (best-ours row here)]
    (for [[about [other on] factor] [[{:row (first than)} [(first than) workload] (second than)]
                                     [{:workload (first level)} [row-id (first level)] (second level)]]
          :when (and factor ours (= :hot temperature) (not= [other on] [row-id workload]))
          :let [there (get cells (into [other on] more))
                ratio (stats/ratio unit ours (best-ours (rows/by-id other) there))]
          :when ratio]
      (merge about {:asked factor :ratio ratio :met (>= ratio factor)
                    :reach (when (:workload about) (stats/ratio unit (:limit here) (:limit there)))}))))

(defn- reach
  "How many times better than the peer the best limit is; nil for a limit, or if no limit was measured."
  [unit by-peer peer]
  (when (= :peer (role peer))
    (let [limits (for [[limit values] by-peer :when (= :limit (role limit))] (stats/ratio unit values (by-peer peer)))]
      (some->> (seq (remove nil? limits)) (apply max)))))

(defn- targets [{:keys [unit] :as row} temperature by-peer entries]
  (for [[name target] (:targets row)
        :let [factor (target-for target temperature), {:keys [peer ratio]} (against entries name)]
        :when (and factor peer)]
    {:ours (:ours row) :against peer :best (= :best name) :asked factor :ratio ratio :met (>= ratio factor)
     :reach (reach unit by-peer peer)}))

(defn- other-targets
  "The results of targets for a flumelog peer that is not the row's `:ours`."
  [{:keys [unit also]} temperature by-peer]
  (for [[ours peer target] also
        :let [factor (target-for target temperature)
              ratio (when (and factor (by-peer ours) (by-peer peer)) (stats/ratio unit (by-peer ours) (by-peer peer)))]
        :when ratio]
    {:ours ours :against peer :asked factor :ratio ratio :met (>= ratio factor) :reach (reach unit by-peer peer)}))

(def ^:private order (zipmap (keys peers/peers) (range)))
(def ^:private row-order (zipmap (map :id rows/rows) (range)))
(def ^:private temperature-order {:cold 0 :first 1 :hot 2})

(defn place
  "The place of a measure in a table, as what `compare` takes."
  [{:keys [row workload records temperature]}]
  [(row-order (:id row)) workload records (temperature-order temperature)])

(defn table
  "Lines as a sequence of {:row :workload :records :temperature :entries [{:peer :median :spread :rounds :ratio} ...]
   :targets [{:against :asked :ratio :met :reach} ...]}; `:ratio` is how many times better flumelog is than that peer,
   `:reach` how many times better the limit is."
  [lines]
  (let [cells (stats/cells (comp :unit rows/by-id) lines)]
    (for [[[row-id workload records temperature :as key] by-peer]
          (sort-by (fn [[[row workload records temperature]]]
                     (place {:row (rows/by-id row) :workload workload :records records :temperature temperature}))
                   cells)
          :let [{:keys [unit] :as row} (rows/by-id row-id), ours (best-ours row by-peer)
                entries (sort-by (comp order :peer) (map (partial entry unit ours) by-peer))]]
      {:row row :workload workload :records records :temperature temperature :entries entries
       :targets (concat (targets row temperature by-peer entries)
                        (other-targets row temperature by-peer)
                        (own-targets cells key row temperature))})))

(defn number
  "A number with its significant digits, and with separated thousands."
  [x]
  (cond
    (nil? x) ""
    (>= (double x) 100) (String/format java.util.Locale/ROOT "%,d" (to-array [(Math/round (double x))]))
    (>= (double x) 10) (String/format java.util.Locale/ROOT "%.1f" (to-array [(double x)]))
    :else (String/format java.util.Locale/ROOT "%.2f" (to-array [(double x)]))))

(defn percent [x]
  (if x (str (Math/round (* 100.0 (double x))) " %") ""))

(def unit-names {:per-second "a second" :micros "us" :mib "MiB"})

(def temperatures
  {:cold "cold" :first "first" :hot "hot"})

(defn heading [{:keys [row workload records temperature]}]
  (str (:title row) ", " (temperatures temperature) ", " (name workload) " x " (number records)
       ", " (unit-names (:unit row))))

(defn met
  "A target as a sentence."
  [{:keys [ours against row workload best asked ratio met reach]}]
  (str (if met "target met: " "TARGET MISSED: ") (when ours (str (get-in peers/peers [ours :title]) ", ")) (number ratio) " times "
       (when best "the best peer, ")
       (cond
         row      (str "flumelog's " (:title (rows/by-id row)))
         workload (str "flumelog's on " (name workload))
         :else    (get-in peers/peers [against :title]))
       "; asked for " asked
       (when (and reach (not met))
         (str "; the limit is " (number reach) (if workload " times its own there" " times that")))))

(defn- pad [n text] (str text (str/join (repeat (- n (count text)) \space))))
(defn- pad-left [n text] (str (str/join (repeat (- n (count text)) \space)) text))

(defn- entry-text [{:keys [peer median spread ratio]}]
  (str "  " (pad 24 (get-in peers/peers [peer :title])) (pad-left 14 (number median)) (pad-left 9 (percent spread))
       (pad-left 10 (if ratio (str (number ratio) " x") ""))))

(defn problems
  "Sentences about the lines that are left out."
  [lines]
  (distinct
   (for [{:keys [row peer workload wrong sum failed skipped]} lines :when (or wrong failed skipped)]
     (str (name (or row :build)) ", " (name peer) ", " (name workload) ": "
          (cond wrong (str "gave the sum " sum ", not " wrong)
                failed (str "failed: " failed)
                :else (str "skipped: " skipped))))))

(def ^:private quiet "The share of its processors that a quiet machine uses at most." 0.05)

(defn disturbed
  "A sentence about measures that were begun while the machine was busy; nil if there are none."
  [lines]
  (let [known (filter #(some-> (:busy %) (>= 0)) lines), busy (count (filter #(< quiet (:busy %)) known))]
    (cond
      (seq (filter #(some-> (:busy %) neg?) lines)) "whether the machine was quiet was not looked at: these figures mean little"
      (pos? busy) (str busy " of " (count known) " measures began while the machine did other work"))))

(defn text
  "The table as text: median, spread (largest minus smallest, in relation to the median), and how many times better
   flumelog is."
  [lines]
  (str/join "\n"
            (concat
             (for [{:keys [entries targets] :as measure} (table lines)]
               (str/join "\n" (concat [(heading measure)] (map entry-text entries) (map #(str "  " (met %)) targets) [""])))
             (map #(str "! " %) (problems lines))
             (when-let [busy (disturbed lines)] [(str "! " busy)]))))
