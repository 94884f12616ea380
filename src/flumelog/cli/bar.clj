(ns ^:no-doc flumelog.cli.bar
  "The bar that a long job shows on a terminal. Needs me.tongfei/progressbar; without it jobs print lines."
  (:import (me.tongfei.progressbar ProgressBar ProgressBarBuilder ProgressBarStyle)))

(set! *warn-on-reflection* true)

(defn- start ^ProgressBar [{:keys [phase total unit]}]
  (let [builder (-> (ProgressBarBuilder.)
                    (.setTaskName (name phase))
                    (.setStyle ProgressBarStyle/ASCII)
                    (.setUpdateIntervalMillis 200)
                    (.showSpeed)
                    (.clearDisplayOnFinish)
                    (.setInitialMax (long (or total -1))))]
    (.build (if (= :bytes unit) (.setUnit builder " MB" 1000000) builder))))

(defn bar
  "A function of a report of progress, which shows it; of nil it takes the bar away. Each phase has a bar of its own."
  []
  (let [shown (atom nil)
        end! #(when-let [[_ ^ProgressBar bar] @shown] (.close bar) (reset! shown nil))]
    (fn [{:keys [phase done] :as report}]
      (when (not= phase (first @shown)) (end!))
      (when report
        (when-not @shown (reset! shown [phase (start report)]))
        (.stepTo ^ProgressBar (second @shown) (long done))))))
