defmodule Primes do
  def print(most) do
    2..most |> Enum.filter(&prime?/1) |> Enum.join(" ") |> IO.puts()
  end

  defp prime?(2), do: true
  defp prime?(number), do: Enum.all?(2..(number - 1), &(rem(number, &1) != 0))
end
