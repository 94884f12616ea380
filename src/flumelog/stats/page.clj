(ns flumelog.stats.page
  "A page with pictures of what `flumelog.stats/stats` returns. It is one file, without scripts, and loads nothing."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [flumelog.stats.markup :as markup]
            [flumelog.stats.pictures :as pictures]
            [flumelog.stats.times :as times]
            [flumelog.stats.words :as words])
  (:import (java.util Date)))

(set! *warn-on-reflection* true)

;; Parts

(defn- section [title note & children]
  [:section [:h2 title] (when note [:p {:class "note"} note]) children])

(defn- figure
  "A picture with words below it, from left to right."
  [picture below]
  [:figure picture (when below [:figcaption {:class "axis"} (map (fn [text] [:span text]) below)])])

(defn- scaled
  "A picture whose height is a number: its top is marked."
  [top picture below]
  [:div {:class "scaled"} [:span {:class "top"} top] (figure picture below)])

(defn- ticks
  "Words below a picture, each from its place on."
  [places]
  [:div {:class "ticks" :aria-hidden "true"}
   (map (fn [[percent text]] [:span {:style (str "left:" (words/decimal percent) "%")} text]) places)])

(defn- tile [label value detail]
  [:div {:class "tile"} [:dt label] [:dd [:b value] (when detail [:span detail])]])

(defn- key-of-colour [class text]
  [:li [:i {:class class}] text])

;; Numbers at the top

(def ^:private of-tail
  {:none "Nothing" :torn "Torn" :room "Room" :corrupt "Damaged"})

(defn- tiles [{:keys [records deleted live-bytes deleted-bytes size data-bytes frame-bytes tail]}]
  [:dl {:class "tiles"}
   (tile "Records" (words/number records) (str (words/size live-bytes) " live"))
   (tile "Deleted" (words/number deleted) (str (words/size deleted-bytes) ", " (words/percent deleted-bytes size) " of the file"))
   (tile "File" (words/size size) (str (words/percent frame-bytes (max 1 (+ (long data-bytes) (long frame-bytes)))) " of live bytes are frames"))
   (tile "Behind the records" (of-tail (:state tail)) (if (zero? (long (:bytes tail))) "the file ends with a whole record" (words/counted (:bytes tail) "byte")))])

;; The file

(defn- tail-sentence [{:keys [state bytes message]}]
  (case state
    :none nil
    :torn (str "The last " (words/counted bytes "byte") " are an append that is under way or was cut short. The next writer cuts them off and keeps them.")
    :room (str "The last " (words/counted bytes "byte") " are zeros that a writer keeps ready. They are no damage.")
    :corrupt (str "Damage: " message ". The last " (words/counted bytes "byte") ", from there on, were not read.")))

(defn- file [{:keys [size tail deleted] :as stats}]
  (if (zero? (long size))
    (section "The file" "It is empty.")
    (section "The file" "From its start, left, to its end. Where records were deleted, their place stays until the log is compacted."
             (figure (pictures/strip stats) [0 (words/size (quot (long size) 2)) (words/size size)])
             [:ul {:class "keys"}
              (key-of-colour "live" "live")
              (when (pos? (long deleted)) (key-of-colour "deleted" "deleted"))
              (case (:state tail)
                :torn (key-of-colour "torn" "torn"), :corrupt (key-of-colour "corrupt" "damaged"), :room (key-of-colour "room" "room of a writer"), nil)]
             (some->> (tail-sentence tail) (vector :p {:class (if (= :corrupt (:state tail)) "alarm" "note")})))))

;; Sizes

(defn- sizes [{:keys [sizes histogram] :as stats}]
  (when sizes
    (let [{:keys [smallest median p99 largest]} sizes, most (reduce max (map :records histogram))]
      (section "Sizes of records" "Bytes of data, without the frame."
               [:dl {:class "facts"}
                (map (fn [[label n]] [:div [:dt label] [:dd (words/number n)]])
                     [["smallest" smallest] ["median" median] ["99th percentile" p99] ["largest" largest]])]
               (scaled (words/counted most "record") (list (pictures/histogram stats) (ticks (map (fn [[x n]] [x (words/number n)]) (pictures/ticks histogram)))) nil)))))

;; Time

(defn- middle [^Date a ^Date b]
  (Date. (quot (+ (.getTime a) (.getTime b)) 2)))

(defn- outside [time shown]
  (let [n (- (long (reduce + (map :records (:spans time)))) (long (reduce + (map :records shown))))]
    (when (pos? n) (str " " (words/counted n "record") " with times far outside are not shown."))))

(defn- growth [{:keys [time]}]
  (when time
    (let [{:keys [path span-ms backwards spans]} time, shown (times/shown time), from (:at (first shown)), to (:at (peek shown))
          below (map #(words/moment % span-ms) [from (middle from to) to])]
      (section "Growth over time"
               (str "By the time in the field " (words/path path) ", UTC."
                    (when (pos? (long backwards)) (str " " (words/counted backwards "record") " came later than others with a later time."))
                    (outside time shown))
               (scaled (words/size (reduce + (map :bytes spans))) (pictures/growth time) below)
               [:h3 (str "Records per " (words/span span-ms))]
               (scaled (words/counted (reduce max (map :records shown)) "record") (pictures/activity time) below)))))

;; Lists

(defn- rows
  "A table in which each row has a bar."
  [heading items]
  (let [most (double (reduce max 1 (map second items)))]
    [:table [:thead [:tr [:th {:scope "col"} heading] [:th {:scope "col"} "records"]]]
     [:tbody
      (map (fn [[text n]]
             [:tr [:th {:scope "row"} [:span {:class "name"} text]
                   [:span {:class "meter"} [:i {:style (str "width:" (words/decimal (/ (* 100.0 (double n)) most)) "%")}]]]
              [:td (words/number n)]])
           items)]]))

(defn- too-low [error]
  (when (pos? (long error)) (str " A number may be too low by " (words/number error) ".")))

(defn- folded
  "A table of which only the first rows show at first."
  [heading items]
  (let [[shown more] (split-at 12 items)]
    (list (rows heading shown)
          (when (seq more) [:details [:summary (str (words/number (count more)) " more")] (rows heading more)]))))

(defn- types [{:keys [types kinds]}]
  (cond
    types (section "Commonest types" (str "The field " (words/path (:path types)) "." (too-low (:error types)))
                   (folded "type" (map (juxt (comp words/item :item) :records) (:values types))))
    (seq kinds) (section "Kinds of values" nil (folded "kind" (map (juxt (comp words/item :item) :records) kinds)))))

(defn- keys-of [{:keys [keys keys-error decoded]}]
  (when (seq keys)
    (section "Commonest keys" (str "In how many of " (words/counted decoded "record") " a field is." (too-low keys-error))
             (folded "field" (map (juxt (comp words/path :item) :records) keys)))))

;; The page

(def ^:private policy "default-src 'none'; style-src 'unsafe-inline'")

(defn- head [title]
  [:head [:meta {:charset "utf-8"}]
   [:meta {:name "viewport" :content "width=device-width, initial-scale=1"}]
   [:meta {:name "color-scheme" :content "light dark"}]
   [:meta {:http-equiv "Content-Security-Policy" :content policy}]
   [:title title]
   [:style (markup/raw (slurp (io/resource "flumelog/stats/page.css")))]])

(defn- file-name [path]
  (last (str/split path #"[/\\]")))

(defn- format-of [{:keys [framing offset-bits codec]}]
  (str (pr-str framing) (when offset-bits (str ", " offset-bits "-bit offsets")) ", codec " (if (keyword? codec) (pr-str codec) codec)))

(defn- how [{:keys [records decoded undecodable]}]
  (str (if (= (+ (long decoded) (long undecodable)) (long records)) "All records were read and decoded."
           (str "All records were read. " (words/counted decoded "record") ", evenly taken from the log, were decoded; what is said of times, types and keys is of these."))
       (when (pos? (long undecodable)) (str " " (words/counted undecodable "record") " could not be decoded."))))

(defn page
  "The page for what `flumelog.stats/stats` has returned, a string of HTML.

     (re-find #\"<title>[^<]*\" (page/page (stats/stats log)))   ;=> \"<title>example.log\""
  [{:keys [path] :as stats}]
  (str "<!doctype html>\n"
       (markup/render
        [:html {:lang "en"}
         (head (file-name path))
         [:body
          [:header [:p {:class "kicker"} "flumelog stats"] [:h1 (file-name path)] [:p {:class "path"} path] [:p {:class "note"} (format-of stats)]]
          [:main (tiles stats) (file stats) (growth stats) (sizes stats)
           [:div {:class "pair"} (types stats) (keys-of stats)]]
          [:footer [:p (how stats)]]]])
       "\n"))
