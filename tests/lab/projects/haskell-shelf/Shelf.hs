-- Tells what stands on the shelf: `shelf`, or `shelf AUTHOR`.
module Main (main) where

import Control.Exception (bracket)
import Data.List (intercalate)
import Database.HDBC
import Database.HDBC.Sqlite3 (connectSqlite3)
import System.Environment (getArgs, lookupEnv)

main :: IO ()
main = do
  path <- maybe "shelf.db" id <$> lookupEnv "SHELF"
  arguments <- getArgs
  bracket (connectSqlite3 path) disconnect $ \connection -> do
    rows <- case arguments of
      [author] -> quickQuery' connection "SELECT title, author, year FROM books WHERE author LIKE ? ORDER BY year" [toSql ("%" ++ author ++ "%")]
      _ -> quickQuery' connection "SELECT title, author, year FROM books ORDER BY year" []
    mapM_ (putStrLn . intercalate ", " . map fromSql) rows
    putStrLn (show (length rows) ++ " books")
