(ns power-loss.said
  "Collects the lines that a child printed: they say which records must be there after the power loss, and which may be.

   * `nothing-said`: the start; `hear`: adds a line; `hear-late`: adds a line that may have come after the power loss
   * `as-recovered`: what is known of a log that was opened and checked"
  (:require [flumelog.fixtures :refer [read-bytes]]
            [power-loss.machine :refer [file-of]]
            [power-loss.records :refer [frames-of id-of zeros?]]))

(set! *warn-on-reflection* true)

(defn- opened
  "What is known after an open that found `last` as the last record. Records that were not durable may be gone, and
   others may take their place. Durable ones must be there."
  [{:keys [durable] :as said} last]
  (let [there #(<= (long %) (long last))
        there-in (fn [offsets] (into (empty offsets) (filter #(there (if (map-entry? %) (key %) %))) offsets))]
    (-> (reduce #(update %1 %2 there-in) said [:frames :maybe :deleting :deleted :gone])
        (cond-> (< (long last) (long durable))
          (update :problems conj (str "opened with " last " as the last record, but " durable " was durable")))
        (assoc :durable last))))

(defn- last-offset [{:keys [frames]}]
  (if (seq frames) (key (first (rseq frames))) -1))

(defn- now-durable [said offset]
  (update said :durable max offset))

(defn- appended [{:keys [seed options] :as said} placed]
  (let [said (update said :frames into (map (fn [[offset thread n]] [offset [seed thread n]])) placed)]
    (cond-> (update said :appended + (count placed))
      (= :each (:sync options)) (now-durable (first (peek placed))))))

(defn- deleted [{:keys [options] :as said} offset]
  (cond-> (update said :deleted conj offset)
    (= :each (:sync options)) (update :gone conj offset)))

(defn- synced [said thread]
  (let [{:keys [deleted last]} (get-in said [:syncing thread])]
    (-> (now-durable said last) (update :gone into deleted))))

(defn hear
  "What is known after one more line."
  [said [what a b]]
  (case what
    :opening (dissoc said :failed)
    :opened (opened said a)
    :appended (appended said a)
    :durable (now-durable said a)
    :deleting (update said :deleting conj b)
    :deleted (deleted said b)
    :syncing (assoc-in said [:syncing a] {:deleted (:deleted said) :last (last-offset said)})
    :synced (synced said a)
    said))

(defn hear-late
  "What is known after a line that may have come after the power loss. A force that runs while the file system is shut
   down can return without an error (plain fdatasync in a loop shows it, on ext4 and on xfs), so what it forced need not
   be there. But after a force that failed, the log must not accept anything any more."
  [{:keys [seed threads failed] :as said} [what a b :as line]]
  (cond-> said
    (= :deleting what) (update :deleting conj b)
    (= :appended what) (update :maybe into (map (fn [[offset thread n]] [offset [seed thread n]])) a)
    (= :opening what) (dissoc :failed)
    (= [:refused :failed] line) (assoc :failed true)
    (and failed (= 1 threads) (= :appended what))
    (update :problems conj (str "was failed, and yet " (pr-str line)))))

(defn nothing-said [folder options]
  {:folder folder :options options :boot 0 :frames (sorted-map) :maybe {} :durable -1 :appended 0
   :deleting #{} :deleted #{} :gone #{} :problems []})

(defn as-recovered
  "What is known of a log that was checked, for its next round: every record that is there is durable."
  [{:keys [options] :as said}]
  (let [found (frames-of (read-bytes (file-of said)) options)
        zero (into #{} (comp (filter (comp zeros? second)) (map first)) found)
        known #(or (get (:frames said) %) (get (:maybe said) %))]
    (assoc said
           :frames (into (sorted-map)
                         (map (fn [[offset data]] [offset (if (zero offset) (known offset) (id-of data))]))
                         found)
           :durable (or (first (last found)) -1)
           :maybe {} :deleting zero :deleted zero :gone zero :appended 0 :syncing nil)))
