create table notes (text text not null);
insert into notes values ('water the plants'), ('call the dentist');
