(ns bench.large.table
  "The tables of bench.large: `text`."
  (:require [clojure.string :as str]))

(set! *warn-on-reflection* true)

(def ^:private rows
  [[:open "open and close"] [:ten "open, newest ten, close"] [:get "`fetch` at a random offset"] [:page "a page of 20 at a random offset"]
   [:reverse "one of the newest 10,000, backwards"] [:bare "a bare read of 1 KiB at a random offset"]])

(defn text
  "The tables of the runs, in microseconds."
  [lines]
  (str/join "\n"
            (for [[_ sizes] (sort-by key (group-by :run (filter :gib lines)))
                  :let [sizes (sort-by :gib sizes)]
                  line (concat
                        [(str "| us | " (str/join " | " (for [temperature ["cold" "again"], {:keys [gib]} sizes] (str gib " GiB, " temperature))) " |")
                         (str "| --- |" (apply str (repeat (* 2 (count sizes)) " ---: |")))]
                        (for [[row title] rows]
                          (str "| " title " | "
                               (str/join " | " (for [temperature [:cold :again], size sizes] (format "%,.2f" (double (get-in size [temperature row]))))) " |"))
                        [""])]
              line)))
