-- Answers each request with the next line of a poem.
module Main where

import Control.Monad (forever)
import Data.IORef (atomicModifyIORef', newIORef)
import Network.Socket
import System.IO

main :: IO ()
main = do
  hSetBuffering stdout LineBuffering
  poem <- lines <$> readFile "data/poem.txt"
  next <- newIORef (cycle poem)
  addresses <- getAddrInfo (Just defaultHints {addrFlags = [AI_PASSIVE], addrSocketType = Stream}) (Just "0.0.0.0") (Just "8310")
  let address = head addresses
  listener <- openSocket address
  setSocketOption listener ReuseAddr 1
  bind listener (addrAddress address)
  listen listener 16
  putStrLn ("reading " ++ show (2 ^ (70 :: Int) :: Integer) ++ " lines")
  forever $ do
    (client, _) <- accept listener
    handle <- socketToHandle client ReadWriteMode
    hSetEncoding handle utf8
    request <- hGetLine handle
    line <- if "GET /first" == take 10 request then pure (head poem) else atomicModifyIORef' next (\(x : xs) -> (xs, x))
    hPutStr handle ("HTTP/1.0 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n" ++ line ++ "\n")
    hClose handle
