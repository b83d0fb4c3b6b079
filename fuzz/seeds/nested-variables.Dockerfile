FROM a
ENV x=${a:-${b:+${c#d}}} y=${e//f/g}
RUN echo ${x:-<<EOF}
