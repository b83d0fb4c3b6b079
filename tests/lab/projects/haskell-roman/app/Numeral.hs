module Numeral (fromRoman, toRoman) where

import Data.List (isPrefixOf)

numerals :: [(Int, String)]
numerals =
  [ (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC")
  , (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")
  ]

toRoman :: Int -> String
toRoman 0 = ""
toRoman number = case [(value, text) | (value, text) <- numerals, value <= number] of
  (value, text) : _ -> text ++ toRoman (number - value)
  [] -> ""

fromRoman :: String -> Maybe Int
fromRoman "" = Just 0
fromRoman word = case [(value, text) | (value, text) <- numerals, text `isPrefixOf` word] of
  (value, text) : _ -> (value +) <$> fromRoman (drop (length text) word)
  [] -> Nothing
