FROMa
RUN	x
 ENV	Ab c  
EXPOSE 12	3
