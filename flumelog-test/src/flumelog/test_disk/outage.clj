;; A part of flumelog.test-disk: the disk as it is found after a kill or a power loss.
(in-ns 'flumelog.test-disk)

(set! *warn-on-reflection* true)

(defn kill
  "The disk as the next process finds it after this one was killed: everything that was written is there.

     (let [log (open d \"a.log\" {:sync :none})]
       (flumelog.core/append! log :kept)
       (with-open [again (open (kill d) \"a.log\")] (vec again)))   ;=> [:kept]"
  [disk]
  (atom {:files (update-vals (:files (notice! disk)) #(dissoc % :memory)) :calls {} :faults [] :boot (:boot @disk 1)}))

(defn lose-power
  "The disk as it is found after a power loss. The seed, a long, decides what became of the bytes that were not forced.
   `:sector-bytes` (512) is the number of bytes that the disk writes either whole or not at all.

     (let [log (open d \"a.log\" {:sync :none})]
       (flumelog.core/append! log :kept)
       (flumelog.core/sync! log)
       (with-open [again (open (lose-power d 42 {:sector-bytes 4096}) \"a.log\")] (vec again)))   ;=> [:kept]"
  ([disk seed] (lose-power disk seed nil))
  ([disk seed {:keys [sector-bytes] :or {sector-bytes 512}}]
   (let [random (Random. seed), {:keys [files gone]} (notice! disk)
         back (into {} (filter (fn [_] (.nextBoolean random))) (sort-by key gone))]
     (atom {:files (-> (into (sorted-map) (remove (fn [[_ file]] (and (:name-unforced file) (.nextBoolean random)))) (merge back files))
                       (update-vals #(tick (dissoc (loss/after-power-loss random sector-bytes %) :name-unforced))))
            :calls {} :faults [] :boot (inc (long (:boot @disk 1)))}))))

(defn every-power-loss
  "All disks that can be found after a power loss, if each write reaches the disk whole or not at all, and the size of
   the file may reach the disk before the data: a lazy seq of at most 2^(n+1) disks for n unforced operations of a file.
   Deleted files are gone. With `:sector-bytes`, the seq also has the disks on which one write is torn: only the sectors
   before some sector, or only those from it on, are on disk.

     (let [log (open d \"a.log\" {:sync :each})]
       (flumelog.core/append! log :kept)
       (map #(with-open [again (open % \"a.log\")] (vec again)) (every-power-loss d)))   ;=> ([:kept]...)"
  ([disk] (every-power-loss disk nil))
  ([disk {:keys [sector-bytes]}]
   (let [files (:files (notice! disk))]
     (for [torn (if sector-bytes (keys files) [nil])
           left (reduce (fn [disks [name file]]
                          (into (if (:name-unforced file) disks [])
                                (for [d disks, data (loss/every-state (when (= name torn) sector-bytes) file)]
                                  (assoc d name (tick (assoc (dissoc file :name-unforced) :now data :durable data :pending [] :memory nil))))))
                        [{}]
                        files)]
       (atom {:files left :calls {} :faults [] :boot (inc (long (:boot @disk 1)))})))))
