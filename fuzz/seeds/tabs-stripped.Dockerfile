FROM a
RUN <<-EOF
		echo a
	echo b

  echo c
	EOF
RUN cat <<-"A B" > x
	body
	A B
