(ns flumelog.vectors-test
  "The primitives give what others have published: HKDF of RFC 5869, appendix A; AES-256-GCM and Ed25519 of Project Wycheproof
   (github.com/C2SP/wycheproof, Apache License 2.0; the numbers are its tcIds in aes_gcm_test.json and ed25519_test.json);
   signatures of RFC 8032, section 7.1."
  (:require [clojure.test :refer [deftest is testing]])
  (:import (flumelog.protect AesGcm Hkdf Signatures Signer)
           (java.util HexFormat)))

(set! *warn-on-reflection* true)

(defn- unhex ^bytes [^String hex] (.parseHex (HexFormat/of) hex))
(defn- hex [^bytes bytes] (some->> bytes (.formatHex (HexFormat/of))))

(deftest hkdf-gives-what-rfc-5869-says
  (doseq [[test key salt info length derived]
          [[1 "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b" "000102030405060708090a0b0c" "f0f1f2f3f4f5f6f7f8f9" 42
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"]
           [2 (apply str (map #(format "%02x" %) (range 0x00 0x50))) (apply str (map #(format "%02x" %) (range 0x60 0xb0)))
            (apply str (map #(format "%02x" %) (range 0xb0 0x100))) 82
            (str "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
                 "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87")]
           [3 "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b" "" "" 42
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"]]]
    (is (= derived (hex (Hkdf/derive (unhex salt) (unhex key) (unhex info) length))) test))
  (is (thrown? IllegalArgumentException (Hkdf/derive (unhex "00") (unhex "00") (unhex "") (inc (* 255 32))))))

(def ^:private long-key "00112233445566778899aabbccddeeff102132435465768798a9bacbdcedfe0f")

(deftest aes-gcm-gives-and-takes-what-wycheproof-says
  (doseq [[test key nonce known text sealed]
          [[91 "92ace3e348cd821092cd921aa3546374299ab46209691bc28b8752d17f123c20" "00112233445566778899aabb" "00000000ffffffff"
            "00010203040506070809" "e27abdd2d2a53d2f136b9a4a2579529301bcfb71c78d4060f52c"]
           [92 "29d3a44f8723dc640239100c365423a312934ac80239212ac3df3421a2098123" "00112233445566778899aabb" "aabbccddeeff"
            "" "2a7d77fa526b8250cb296078926b5020"]
           [94 "cc56b680552eb75008f5484b4cb803fa5063ebd6eab91f6ab6aef4916a766273" "99e23ec48985bccdeeab60f1" ""
            "2a" "06633c1e9703ef744ffffb40edf9d14355"]
           [97 "59d4eafb4de0cfc7d3db99a8f54b15d7b39f0acc8da69763b019c1699f87674a" "2fcb1b38a99e71b84740ad9b" ""
            "549b365af913f3b081131ccb6b825588" "f58c16690122d75356907fd96b570fca28752c20153092818faba2a334640d6e"]
           [102 "f32364b1d339d82e4f132d8f4a0ec1ff7e746517fa07ef1a7f422f4e25a48194" "5a86a50a0e8a179c734b996d"
            "ab2ac7c44c60bdf8228c7884adb20184" "43891bccb522b1e72a6b53cf31c074e9d6c2df8e"
            "43dda832e942e286da314daa99bef5071d9d2c78c3922583476ced575404ddb85dd8cd44"]
           [128 long-key "000000000000000000000000" "" "561008fa07a68f5c61285cd013464eaf"
            "23293e9b07ca7d1b0cae7cc489a973b3ffffffffffffffffffffffffffffffff"]
           [129 long-key "ffffffffffffffffffffffff" "" "c6152244cea1978d3e0bc274cf8c0b3b"
            "7cb6fc7c6abc009efe9551a99f36a42100000000000000000000000000000000"]]
          :let [aes (AesGcm. (unhex key)), known (unhex known), out (byte-array (quot (count sealed) 2))]]
    (testing test
      (is (= (count out) (.encrypt aes (unhex nonce) 0 known (unhex text) out 0)))
      (is (= sealed (hex out)))
      (is (= text (hex (.decrypt aes (unhex nonce) 0 known out 0 (count out))))))))

(deftest aes-gcm-refuses-the-wrong-tags-of-wycheproof
  (let [key    (apply str (map #(format "%02x" %) (range 32)))
        nonce  (unhex "505152535455565758595a5b")
        opened (fn [tag] (hex (.decrypt (AesGcm. (unhex key)) nonce 0 (byte-array 0) (unhex (str "b2061457c0759fc1749f174ee1ccadfa" tag)) 0 32)))]
    (is (= "202122232425262728292a2b2c2d2e2f" (opened "9ce8fef6d8ab1bf1bf887232eab590dd")))
    (doseq [[test tag] {130 "9de8fef6d8ab1bf1bf887232eab590dd", 132 "1ce8fef6d8ab1bf1bf887232eab590dd"
                        137 "9ce8fef6d8ab1b71bf887232eab590dd", 148 "9ce8fef6d8ab1bf1bf887232eab5905d"
                        149 "9de8fef6d8ab1bf1be887232eab590dd", 152 "631701092754e40e40778dcd154a6f22"
                        153 "00000000000000000000000000000000", 154 "ffffffffffffffffffffffffffffffff"
                        155 "1c687e76582b9b713f08f2b26a35105d", 156 "9de9fff7d9aa1af0be897333ebb491dc"}]
      (is (nil? (opened tag)) test))))

(deftest ed25519-signs-as-rfc-8032-says
  (doseq [[test private public message signature]
          [[1 "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a" ""
            (str "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
                 "d25bf5f0595bbe24655141438e7a100b")]
           [2 "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c" "72"
            (str "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
                 "387b2eaeb4302aeeb00d291612bb0c00")]]
          :let [signer (Signer/of (unhex private))]]
    (testing test
      (is (= public (hex (.publicKey signer))))
      (is (= signature (hex (.sign signer (unhex message)))))
      (is (Signatures/verify (unhex public) (unhex message) (unhex signature))))))

(deftest ed25519-takes-and-refuses-what-wycheproof-says
  (let [public "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa"
        r      "7c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774ab0"
        s      "7a9155711ecfaf7f99f277bad0c6ae7e39d4eef676573336a5c51eb6f946b30d"
        zero   (apply str (repeat 64 \0))
        order  "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"]
    (doseq [[test public message signature valid?]
            [[1 public "" (str "d4fbdb52bfa726b44d1786a8c0d171c3e62ca83c9e5bbe63de0bb2483f8fd6cc"
                               "1429ab72cafc41ab56af02ff8fcc43b99bfe4c7ae940f60f38ebaa9d311c4007") true]
             [3 public "54657374" (str r s) true]
             [119 "4abfb535313705a6570018440cdec1a3ae33e51f352112fa6acbd0c6bc3ea859" "321b5f663c19e30ee7bbb85e48ecf44db9d3f512"
              (str "f296715e855d8aecccba782b670163dedc4458fe4eb509a856bcac450920fd2e"
                   "95a3a3eb212d2d9ccaf948c39ae46a2548af125f8e2ad9b77bd18f92d59f9200") true]
             [10 public "3f" (str zero zero) false]
             [20 public "3f" (str order zero) false]
             [23 public "3f" (str order order) false]
             [30 public "54657374" "" false]
             [31 public "54657374" r false]
             [33 public "54657374" (str r s "2020") false]
             [34 public "54657374" (str r s public) false]
             [38 public "546573743137" (str "93de3ca252426c95f735cb9edd92e83321ac62372d5aa5b379786bae111ab6b1"
                                            "7251330e8f9a7c30d6993137c596007d7b001409287535ac4804e662bc58a3") false]
             [63 public "54657374" (str r "67654bce3832c2d76f8f6f5dafc08d9339d4eef676573336a5c51eb6f946b31d") false]
             [64 public "54657374" (str r "5439412b5395d42f462c67008eba6ca839d4eef676573336a5c51eb6f946b32d") false]
             [85 "100fdf47fb94f1536a4f7c3fda27383fa03375a8f527c537e6f1703c47f94f86"
              "6a0bc2b0057cedfc0fa2e3f7f7d39279b30f454a69dfd1117c758d86b19d85e0"
              (str "0971f86d2c9c78582524a103cb9cf949522ae528f8054dc20107d999be673ff4"
                   "e25ebf2f2928766b1248bec6e91697775f8446639ede46ad4df4053000000010") false]]]
      (is (= valid? (Signatures/verify (unhex public) (unhex message) (unhex signature))) test))))
