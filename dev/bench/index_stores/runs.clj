(ns bench.index-stores.runs
  "The storage that flumelog has, under the contract of `bench.index-stores`: with its manifest, as a db writes it."
  (:require [flumelog.db.files :as files]
            [flumelog.db.kind :as kind]
            [flumelog.view :as view])
  (:import (flumelog.file DiskFolder)
           (flumelog.run KeyScan OffsetWindow Scan)
           (flumelog.view.index Answer)
           (java.io File)))

(set! *warn-on-reflection* true)

(defn- newest [state key n]
  (let [^Answer answer (kind/answer state Long/MAX_VALUE)
        ^Scan scan (KeyScan. (.segments answer) key (OffsetWindow. -1 Long/MAX_VALUE (.hidden answer)) true)]
    (loop [found [], left (long n)]
      (if (and (pos? left) (.next scan)) (recur (conj found (.offset scan)) (dec left)) found))))

(defn open [^File folder]
  (let [kind (view/index {:keys [[:key]]}), files (files/files (DiskFolder. (.toPath folder)) :i 1)
        {:keys [head]} (files/read-manifest files)
        state (if head (kind/restore kind files (:head head) nil) (kind/start kind files))]
    {:add!     (fn [offsets keys n] (kind/add! state offsets keys n))
     :persist! (fn [since]
                 (let [frozen (kind/freeze! state), {:keys [head]} (kind/write! state frozen files)]
                   (files/write-manifest! files {:since since :head head} nil)
                   (kind/written! state frozen)))
     :since    (fn [] (:since head -1))
     :newest   (fn [key n] (newest state key n))
     :close!   (fn [] (kind/close! state))}))
