module Main (main) where

import Numeral (fromRoman, toRoman)
import System.Environment (getArgs)
import System.Exit (exitFailure)
import System.IO (hPutStrLn, stderr)

main :: IO ()
main = do
  arguments <- getArgs
  case traverse translate arguments of
    Just answers@(_ : _) -> mapM_ putStrLn answers
    _ -> hPutStrLn stderr "usage: roman NUMBER..." >> exitFailure

translate :: String -> Maybe String
translate word = case reads word of
  [(number, "")] | number > 0 -> Just (toRoman number)
  _ -> show <$> fromRoman word
