(ns ^:no-doc flumelog.view.token
  "Where a page has ended, as a text: the key, the offset, and the place in the log, so that a page of a log that is not the one
   it was is refused.

   * `token`: the text
   * `bound`: the key and the offset of a text"
  (:require [clojure.string :as str]
            [flumelog.db.place :as place])
  (:import (flumelog.error IdentityFailures OptionFailures)
           (flumelog.log Log)
           (flumelog.run Bound)
           (java.util Arrays Base64)))

(set! *warn-on-reflection* true)

(defn token [^Log log ^bytes key offset]
  (str offset "." (.encodeToString (.withoutPadding (Base64/getUrlEncoder)) key) "." (place/place log offset)))

(defn- refuse [token]
  (throw (OptionFailures/badOption ":after" token "the :after of an earlier page of this reading")))

(defn- parse [token]
  (let [[offset key place] (when (string? token) (str/split token #"\." 3))
        offset (some-> offset parse-long)
        key (try (some->> ^String key (.decode (Base64/getUrlDecoder))) (catch IllegalArgumentException _ nil))]
    (if (and offset key place) [offset key place] (refuse token))))

(defn bound
  "The key and the offset of a token. `one-key` are the bytes of the key, when the reading is of one."
  ^Bound [^Log log token one-key]
  (let [[offset ^bytes key place] (parse token)]
    (when (and one-key (not (Arrays/equals ^bytes one-key key))) (refuse token))
    (when-not (place/fits? log place offset)
      (throw (IdentityFailures/wrongLog (.path log) nil nil offset "the token of the page is of another log, or of an earlier state of it")))
    (Bound. key offset)))
