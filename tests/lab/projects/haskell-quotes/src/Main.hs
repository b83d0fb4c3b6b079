{-# LANGUAGE OverloadedStrings #-}
module Main (main) where

import qualified Data.ByteString.Lazy.Char8 as L
import Data.Maybe (fromMaybe)
import Network.HTTP.Types (status200, status404)
import Network.Wai (Application, pathInfo, responseLBS)
import Network.Wai.Handler.Warp (run)
import System.Environment (lookupEnv)
import System.IO (BufferMode (LineBuffering), hSetBuffering, stdout)

main :: IO ()
main = do
  hSetBuffering stdout LineBuffering
  port <- maybe 3000 read <$> lookupEnv "PORT"
  file <- fromMaybe "quotes/default.txt" <$> lookupEnv "QUOTES"
  quotes <- L.lines <$> L.readFile file
  putStrLn (show (length quotes) ++ " quotes, port " ++ show port)
  run port (application quotes)

application :: [L.ByteString] -> Application
application quotes request respond = respond $ case pathInfo request of
  [] -> answer (L.unlines quotes)
  ["healthz"] -> answer "ok\n"
  ["last"] -> answer (last quotes <> "\n")
  _ -> responseLBS status404 [("Content-Type", "text/plain")] "no such quote\n"
  where
    answer = responseLBS status200 [("Content-Type", "text/plain; charset=utf-8")]
