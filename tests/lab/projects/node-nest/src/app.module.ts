import { Controller, Get, Module, NotFoundException, Param } from "@nestjs/common";

const eggs: Record<string, number> = { wren: 6, swan: 5 };

@Controller()
class BirdsController {
  @Get(":name")
  eggs(@Param("name") name: string) {
    if (!(name in eggs)) throw new NotFoundException();
    return { name, eggs: eggs[name] };
  }
}

@Module({ controllers: [BirdsController] })
export class AppModule {}
