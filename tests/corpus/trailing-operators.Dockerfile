FROM centos:7
RUN yum install -y epel-release && \
    yum install -y nginx && \
    # the web root
    mkdir -p /srv/www

# logs
RUN ln -sf /dev/stdout /var/log/nginx/access.log

RUN yum install -y \
    php-fpm
CMD ["nginx"]
