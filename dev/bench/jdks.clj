(ns bench.jdks
  "Each row with JDK 17 and with JDK 25, from the results of bin/bench --final: `newest`, `text`."
  (:require [bench.final :as final]
            [bench.report :as report]
            [bench.stats :as stats]
            [clojure.string :as str]))

(set! *warn-on-reflection* true)

(defn newest
  "Of results, as results/read-folder returns them, the lines of the newest commit that was measured with both JDKs:
   {:commit \"..\", \"17\" lines, \"25\" lines}; nil if there is none."
  [{:keys [runs lines]}]
  (let [by-commit (group-by (comp :commit runs :run) lines)]
    (last (for [[commit lines] (sort-by #(last (sort (map :run (val %)))) by-commit)
                :let [by-jdk (group-by (comp final/jdk runs :run) lines)]
                :when (and (by-jdk "17") (by-jdk "25"))]
            (assoc by-jdk :commit commit)))))

(defn- measures
  "The measures of the lines, by what was measured. Of a step that was taken again the last one counts."
  [lines]
  (into {} (map (juxt (juxt (comp :id :row) :workload :records :temperature) identity))
        (report/table (map #(assoc % :run :final :round 0) lines))))

(defn- ours
  "The entry of flumelog to which the row's targets apply."
  [{:keys [row entries]}]
  (report/best-ours row (into {} (map (juxt :peer identity)) entries)))

(defn- factor
  "By how many times flumelog is better than that peer, or for :best than the best one; nil if it was not measured."
  [{:keys [entries]} peer]
  (:ratio (report/against entries peer)))

(defn table
  "A map for each measure that both JDKs have: what report/heading takes, `:old` and `:new` flumelog's figures, `:ratio` by how
   many times the new JDK is better, `:ahead` and `:of-limit` the factors with each JDK."
  [{old "17", new "25"}]
  (let [then (measures old), now (measures new)]
    (for [[key {:keys [row] :as measure}] (sort-by (comp report/place val) then)
          :let [other (now key), a (some-> measure ours), b (some-> other ours)]
          :when (and a b (= (:peer a) (:peer b)))]
      (assoc (select-keys measure [:row :workload :records :temperature])
             :old (:median a) :new (:median b) :ratio (stats/better (:unit row) (:median b) (:median a))
             :ahead (mapv #(factor % :best) [measure other]) :of-limit (mapv #(factor % :limit) [measure other])))))

(defn- pair [factors]
  (if (every? nil? factors) "-" (str/join " / " (map #(if % (report/number %) "-") factors))))

(defn text
  "The table in Markdown."
  [lines]
  (str/join "\n"
            (concat
             ["| | JDK 17 | JDK 25 | 25 better, times | better than the best peer, 17 / 25 | of the limit, 17 / 25 |"
              "| --- | ---: | ---: | ---: | ---: | ---: |"]
             (for [{:keys [old new ratio ahead of-limit] :as measure} (table lines)]
               (str "| " (report/heading measure) " | " (report/number old) " | " (report/number new) " | " (report/number ratio)
                    " | " (pair ahead) " | " (pair of-limit) " |")))))
